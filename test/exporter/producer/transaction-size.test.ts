import { describe, expect, test } from 'vitest';
import { TransactionSize } from '../../../src/exporter/producer/transaction-size.ts';
import { createManualClock } from '../../lib/manual-clock.ts';

const FIRST_BYTES = 64 * 1024;

/** What a transaction is like. By default it is full and committed. */
interface Transaction {
  readonly tookMs: number;
  readonly bytes?: number;
  readonly isCommitted?: boolean;
  /** For how long a broker asks to send nothing at its end. */
  readonly throttledMs?: number;
}

async function sizeAfter(...transactions: readonly Transaction[]): Promise<number> {
  const clock = createManualClock();
  const size = new TransactionSize(clock);
  for (const { tookMs, bytes, isCommitted = true, throttledMs = 0 } of transactions) {
    const startedMs = clock.monotonicMs();
    await clock.advance(tookMs);
    if (throttledMs > 0) size.throttled(throttledMs);
    size.ended({ startedMs, bytes: bytes ?? size.bytes, isCommitted });
    await clock.advance(1);
  }
  return size.bytes / FIRST_BYTES;
}

describe('the size of transactions', () => {
  test.each<[string, readonly Transaction[], number]>([
    ['doubles after each fast one', [{ tookMs: 20 }, { tookMs: 40 }, { tookMs: 80 }], 8],
    ['stays after one that takes its time', [{ tookMs: 6_000 }], 1],
    ['shrinks to what would have taken ten seconds', [{ tookMs: 20_000 }], 1 / 2],
    ['counts the time for which Kafka takes nothing', [{ tookMs: 20, throttledMs: 19_980 }], 1 / 2],
    ['shrinks to an eighth at most', [{ tookMs: 20 }, { tookMs: 400_000 }], 1 / 4],
    ['shrinks to a quarter after a lost one', [{ tookMs: 50_000, isCommitted: false }], 1 / 4],
    ['ignores one that failed soon', [{ tookMs: 20, isCommitted: false }], 1],
    ['ignores a small one that says nothing about a full one', [{ tookMs: 20, bytes: 10 }], 1],
    ['doubles after a small one that was fast enough', [{ tookMs: 20, bytes: 6_500 }], 2],
    ['never falls below four kilobytes', Array(9).fill({ tookMs: 90_000 }), 1 / 16],
    ['never exceeds 256 megabytes', Array(30).fill({ tookMs: 1 }), 4_096],
    ['recovers', [{ tookMs: 40_000 }, { tookMs: 30 }, { tookMs: 30 }, { tookMs: 30 }], 2],
  ])('%s', async (_name, transactions, expected) => {
    expect(await sizeAfter(...transactions)).toBeCloseTo(expected, 3);
  });

  test('shrinks once when one delay makes several transactions slow', async () => {
    const clock = createManualClock();
    const size = new TransactionSize(clock);
    await clock.advance(20_000);
    for (let i = 0; i < 5; i++) {
      size.ended({ startedMs: 0, bytes: size.bytes, isCommitted: true });
    }
    expect(size.bytes).toBe(FIRST_BYTES / 2);
  });
});

describe('a transaction', () => {
  test('is full when it has the bytes, or when it would last longer than ten seconds', async () => {
    const clock = createManualClock();
    const size = new TransactionSize(clock);
    expect(size.isFull({ startedMs: 0, bytes: FIRST_BYTES - 1 })).toBe(false);
    expect(size.isFull({ startedMs: 0, bytes: FIRST_BYTES })).toBe(true);
    await clock.advance(4_000);
    size.throttled(5_000);
    expect(size.isFull({ startedMs: 0, bytes: 1 })).toBe(false);
    size.throttled(6_000);
    expect(size.isFull({ startedMs: 0, bytes: 1 })).toBe(true);
    await clock.advance(6_000);
    expect(size.throttledMs).toBe(0);
    expect(size.isFull({ startedMs: 4_001, bytes: 1 })).toBe(false);
  });
});
