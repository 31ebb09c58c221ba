import { type Comparison, emptyComparison, type SideName } from './comparison.ts';
import { identify, KEY_SPACE, type RecordRules } from './identify.ts';
import { Matcher } from './matcher.ts';

/** Some messages of a topic, as they come. */
interface MessageChunk {
  readonly messages: readonly { readonly value: Buffer | null; readonly timeMs: number }[];
  /** The offsets that are behind the reader now, of this chunk alone. */
  readonly offsets: number;
}

/** A topic that can be read again and again, with the same messages each time. */
export interface ComparedTopic {
  /** The number of offsets that a reading goes through. */
  readonly offsets: number;
  read(): AsyncIterable<MessageChunk>;
}

/** How to compare. */
export interface CompareRules extends RecordRules {
  /** Messages with a timestamp in this range are compared; `marginMs` around it, they may be partners. Absent: all are compared. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly marginMs: number;
  readonly examplesMax: number;
  /** The most memory for records that are held. */
  readonly bytesMax: number;
}

/** How far the work is. The number of passes is known when the first one ends, and may still grow after that. */
export interface CompareProgress {
  readonly pass: number;
  readonly passes: number;
  /** Of this pass: 0 to 1. */
  readonly share: number;
}

const EMPTY = Buffer.alloc(0);

/**
 * Compares two topics by content. What does not fit into the memory is compared in further passes: each reads both topics again, and
 * matches the records of another range of keys.
 *
 * @throws Error when the records of a single key do not fit, and what reading throws.
 */
export async function compareSides(
  topics: Readonly<Record<SideName, ComparedTopic>>,
  rules: CompareRules,
  onProgress: (progress: CompareProgress) => void,
): Promise<{ readonly comparison: Comparison; readonly passes: number }> {
  const comparison = emptyComparison();
  let start = 0;
  let width = KEY_SPACE;
  let pass = 0;
  while (start < KEY_SPACE) {
    pass++;
    const matcher = new Matcher({ start, end: Math.min(KEY_SPACE, start + width) }, rules.bytesMax);
    for await (const { chunk, share, side } of inStep(topics)) {
      for (const message of chunk.messages) {
        addMessage(matcher, message, { rules, side, counted: pass === 1 ? comparison : undefined });
      }
      const left = KEY_SPACE - matcher.end;
      const passes = pass + Math.ceil(left / Math.max(1, matcher.end - start));
      onProgress({ pass, passes, share });
    }
    matcher.settle({ comparison, key: rules.key, examplesMax: rules.examplesMax });
    width = matcher.end - start;
    start = matcher.end;
  }
  return { comparison, passes: pass };
}

function addMessage(
  matcher: Matcher,
  { timeMs, value }: MessageChunk['messages'][number],
  context: {
    readonly rules: CompareRules;
    readonly side: SideName;
    readonly counted: Comparison | undefined;
  },
): void {
  const { counted, rules, side } = context;
  const { from = -Infinity, marginMs, to = Infinity } = rules;
  if (timeMs < from - marginMs || timeMs >= to + marginMs) return;
  const isInside = timeMs >= from && timeMs < to;
  const record = identify(value ?? EMPTY, rules);
  matcher.add({ ...record, side, timeMs, isInside });
  if (counted === undefined || !isInside) return;
  const findings = counted[side];
  findings.records++;
  if (record.by === 'bytes') findings.notJson++;
  if (record.by === 'content') findings.withoutKey++;
}

interface Step {
  readonly side: SideName;
  readonly chunk: MessageChunk;
  readonly share: number;
}

/** Both topics, the one that is behind first: records of one time come close together, and a pair needs less memory than two halves. */
async function* inStep(topics: Readonly<Record<SideName, ComparedTopic>>): AsyncGenerator<Step> {
  const open = (['left', 'right'] as const).map((side) => ({
    side,
    total: topics[side].offsets,
    done: 0,
    chunks: topics[side].read()[Symbol.asyncIterator](),
  }));
  const total = Math.max(1, topics.left.offsets + topics.right.offsets);
  let done = 0;
  try {
    const reading = new Set(open);
    while (reading.size > 0) {
      const [next] = [...reading].sort((a, b) => a.done / a.total - b.done / b.total);
      if (next === undefined) return;
      const chunk = await nextOf(next.chunks);
      if (chunk === undefined) {
        reading.delete(next);
        continue;
      }
      next.done += chunk.offsets;
      done += chunk.offsets;
      yield { side: next.side, chunk, share: Math.min(1, done / total) };
    }
  } finally {
    for (const { chunks } of open) await chunks.return?.();
  }
}

async function nextOf(
  chunks: AsyncIterator<MessageChunk, unknown>,
): Promise<MessageChunk | undefined> {
  const next = await chunks.next();
  return next.done === true ? undefined : next.value;
}
