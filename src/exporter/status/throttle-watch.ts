import type { Clock } from '../../lib/clock.ts';
import { roundBytes, roundSeconds } from './round.ts';

/** What the watch reads. The counters start at 0 and only grow. */
export interface ThrottleSources {
  readonly clock: Clock;
  /** Milliseconds for which brokers have asked the exporter to send nothing. */
  readonly throttledMs: () => number;
  /** Bytes of record batches that Kafka has stored. */
  readonly bytesExported: () => number;
  /** The age of the oldest record that is not delivered. Undefined: not known, or records are pushed. */
  readonly lagSeconds: () => number | undefined;
}

/** What the counters were. */
interface Look {
  readonly atMs: number;
  readonly throttledMs: number;
  readonly bytes: number;
  readonly lagSeconds: number | undefined;
}

/** How often the watch looks. It is longer than a transaction may last, so each look sees commits. */
const LOOK_MS = 60_000;
/** The part of the time for which brokers must have stopped the exporter. */
const SHARE_MIN = 0.2;
const REMEDY =
  'To send more, increase producer_byte_rate of its Kafka user or client id. To send less, use filters, fewer exportFields or compression: zstd';

/**
 * Watches whether a quota of Kafka slows the exporter down (KIP-13), until `signal` aborts. The
 * returned function gives one sentence that says how many bytes Kafka takes and how many are needed;
 * undefined: no quota slows the exporter down. The numbers are rounded, so that the sentence changes
 * rarely.
 */
export function watchThrottle(
  sources: ThrottleSources,
  signal: AbortSignal,
): () => string | undefined {
  const { clock } = sources;
  const look = (): Look => ({
    atMs: clock.monotonicMs(),
    throttledMs: sources.throttledMs(),
    bytes: sources.bytesExported(),
    lagSeconds: sources.lagSeconds(),
  });
  let sentence: string | undefined;
  const run = async (): Promise<void> => {
    for (let last = look(); ; ) {
      await clock.sleep(LOOK_MS, signal);
      if (signal.aborted) return;
      const now = look();
      sentence = describe(last, now);
      last = now;
    }
  };
  void run();
  return () => sentence;
}

function describe(last: Look, now: Look): string | undefined {
  const tookMs = now.atMs - last.atMs;
  if (now.throttledMs - last.throttledMs < tookMs * SHARE_MIN) return undefined;
  const taken = (now.bytes - last.bytes) / (tookMs / 1_000);
  const start = `a quota of Kafka slows this exporter down: Kafka takes ${roundBytes(taken)} a second`;
  return `${start}${lagOf(last, now, taken)}. ${REMEDY}`;
}

/** How many bytes are needed to keep up follows from how much the lag grows meanwhile. */
function lagOf(last: Look, now: Look, taken: number): string {
  if (now.lagSeconds === undefined) return '';
  const lag = `the oldest record that is not delivered is ${roundSeconds(now.lagSeconds)} old`;
  if (last.lagSeconds === undefined) return `; ${lag}`;
  const tookSeconds = (now.atMs - last.atMs) / 1_000;
  const advanced = tookSeconds - (now.lagSeconds - last.lagSeconds);
  if (advanced >= tookSeconds) return `, which is enough to keep up; ${lag}`;
  if (advanced <= 0) return `, and much more is needed to keep up; ${lag}`;
  const needed = (taken * tookSeconds) / advanced;
  return `, and ${roundBytes(needed)} a second are needed to keep up; ${lag}`;
}
