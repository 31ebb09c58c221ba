import { describe, expect, test } from 'vitest';
import { Batcher } from '../../../src/exporter/delivery/batcher.ts';
import { Progress } from '../../../src/exporter/delivery/progress.ts';
import { compileEncoder } from '../../../src/exporter/encode/compile-encoder.ts';
import type { EncodedBatch } from '../../../src/exporter/encode/encoded-batch.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { arrowColumns } from '../encode/arrow-columns.ts';
import { encoderRequest } from '../encode/encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';

function batcherUnderTest(limits: { readonly records: number; readonly bytes: number }) {
  const clock = createManualClock();
  const progress = new Progress(0);
  const batches: EncodedBatch[] = [];
  const acknowledge: (() => void)[] = [];
  const batcher = new Batcher(
    {
      clock,
      progress,
      submit: (batch, onDelivered) => {
        batches.push(batch);
        acknowledge.push(onDelivered);
        return Promise.resolve();
      },
      onDelivered: () => undefined,
    },
    {
      dataSource: L7,
      encoder: compileEncoder(encoderRequest(L7)),
      format: 'plain',
      limits,
      flushTimeoutMs: 5_000,
    },
  );
  return { clock, progress, batches, acknowledge, batcher };
}

const rows = (count: number) =>
  arrowColumns(
    L7,
    Array.from({ length: count }, (_, i) => ({ end_time: BigInt(i) })),
  );

describe('a batcher', () => {
  test('hands on full batches and keeps the rest', async () => {
    const { batcher, batches } = batcherUnderTest({ records: 4, bytes: 1_000_000 });
    await batcher.addRows(rows(10));
    expect(batches.map(({ records }) => records)).toEqual([4, 4]);
    await batcher.flush();
    expect(batches.map(({ records }) => records)).toEqual([4, 4, 2]);
  });

  test('cuts at the byte limit without losing a record', async () => {
    const { batcher, batches } = batcherUnderTest({ records: 1_000, bytes: 5_000 });
    await batcher.addRows(rows(20));
    await batcher.flush();
    expect(batches.reduce((sum, { records }) => sum + records, 0)).toBe(20);
    expect(batches.length).toBeGreaterThan(3);
    for (const { bytes } of batches) expect(bytes.length).toBeLessThanOrEqual(5_000);
  });

  test('hands on a batch that is not full after the flush time-out of its first record', async () => {
    const { batcher, batches, clock } = batcherUnderTest({ records: 100, bytes: 1_000_000 });
    await batcher.addRows(rows(1));
    await clock.advance(4_000);
    await batcher.addRows(rows(1));
    expect(batches).toEqual([]);
    await clock.advance(1_000);
    expect(batches).toMatchObject([{ records: 2 }]);
  });

  test('counts a window as done when the batch that spans it is acknowledged', async () => {
    const { batcher, progress, acknowledge } = batcherUnderTest({ records: 3, bytes: 1_000_000 });
    await batcher.addRows(rows(2));
    progress.windowRead(1);
    await batcher.addRows(rows(2));
    progress.windowRead(2);
    acknowledge[0]?.();
    expect(progress.cursor).toBe(1);
    await batcher.flush();
    acknowledge[1]?.();
    expect(progress.cursor).toBe(2);
  });
});
