import { type CanonicalObject, parseExact } from './canonical-json.ts';

/** What differs between the records that should be there and those that are. */
export interface Comparison {
  /** Records that should be there. */
  readonly expected: number;
  /** Messages that are there. */
  readonly found: number;
  /** Texts of records that are not there, at most a few. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Texts of messages that equal no expected record, at most a few. */
  readonly foreign: readonly string[];
  readonly foreignCount: number;
  /** Messages that came more often than they should. */
  readonly repeated: number;
}

const SHOWN = 3;

/** Compares messages with the expected records as multisets: every value, and the order of fields. */
export function compareRecords(
  expected: readonly CanonicalObject[],
  messages: readonly Buffer[],
): Comparison {
  const left = counted(expected);
  const texts = new Set(left.keys());
  const foreign: string[] = [];
  let repeated = 0;
  for (const message of messages) {
    const text = JSON.stringify(parseExact(message.toString()));
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    else if (texts.has(text)) repeated++;
    else foreign.push(text);
  }
  const missing = [...left].filter(([, count]) => count > 0);
  return {
    expected: expected.length,
    found: messages.length,
    missing: missing.slice(0, SHOWN).map(([text]) => text),
    missingCount: missing.reduce((sum, [, count]) => sum + count, 0),
    foreign: foreign.slice(0, SHOWN),
    foreignCount: foreign.length,
    repeated,
  };
}

function counted(records: readonly CanonicalObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const record of records) {
    const text = JSON.stringify(record);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
