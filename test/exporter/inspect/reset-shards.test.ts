import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finalTo, progressOf } from '../../../src/exporter/progress/exporter-progress.ts';
import { resetEffect } from '../../../src/exporter/progress/reset-effect.ts';
import { resetShards } from '../../../src/exporter/inspect/reset-shards.ts';
import { createManualClock, type ManualClock } from '../../lib/manual-clock.ts';
import { type CommitFate, MemoryKafka, MemoryTable } from '../delivery/simulation.ts';
import { SHARDS, START, startExporter, TIMING } from '../delivery/simulated-exporter.ts';

const L7 = 'flow_log.l7_flow_log';
/** Seconds in which rows come; then everything settles. */
const SECONDS = 60;
const SETTLED_SECONDS = TIMING.settleSeconds + TIMING.latenessSeconds + 30;

/** A shard without rows notices that it was taken over when it commits its progress: once a minute. */
const NOTICED_SECONDS = SETTLED_SECONDS + 90;

const { signal } = new AbortController();

/** Resets while time goes on, and with it the exporter. */
async function reset(clock: ManualClock, kafka: MemoryKafka, to: number): Promise<void> {
  let isDone = false;
  const resetting = resetShards(
    {
      clock,
      random: () => 1,
      producerOf: (shard) => kafka.producer(shard),
      read: (shard) => Promise.resolve(kafka.progress.get(shard) ?? []),
      newMarker: randomUUID,
      onShard: () => undefined,
    },
    { shards: SHARDS, targets: new Map([[L7, to]]) },
    signal,
  ).finally(() => {
    isDone = true;
  });
  const wasDone = (): boolean => isDone;
  while (!wasDone()) await clock.advance(100);
  await resetting;
}

/** A table whose rows have all been exported by an exporter that still runs. */
async function exported(rows: readonly { readonly id: number; readonly second: number }[]) {
  const clock = createManualClock(START * 1000);
  const table = new MemoryTable();
  const kafka = new MemoryKafka();
  const stop = startExporter(clock, table, kafka);
  table.rows.push(...rows);
  await clock.advance((SECONDS + SETTLED_SECONDS) * 1000);
  return { clock, table, kafka, stop };
}

const sorted = (ids: readonly number[]): readonly number[] => ids.toSorted((a, b) => a - b);
const rowsArbitrary = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 5 }),
    second: fc.integer({ min: START, max: START + SECONDS - 1 }),
  }),
  { minLength: 1, maxLength: 60 },
);
const fates = fc.array(
  fc.constantFrom<CommitFate>('committed', 'lost', 'refused', 'committed, but nobody hears of it'),
  { maxLength: 4 },
);
const place = fc.integer({ min: START - 10, max: START + SECONDS + 10 });

describe('after a reset', () => {
  test('each row from the new time on is sent once more, and no other, whatever fails meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, place, fates, async (rows, to, faults) => {
        const { clock, kafka, stop } = await exported(rows);
        expect(sorted(kafka.ids)).toEqual(sorted(rows.map(({ id }) => id)));
        kafka.fates.push(...faults);
        await reset(clock, kafka, to);
        await clock.advance(NOTICED_SECONDS * 1000);
        stop();
        const again = rows.filter(({ second }) => second >= to);
        expect(sorted(kafka.ids)).toEqual(sorted([...rows, ...again].map(({ id }) => id)));
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('rows that are not sent by then and lie before the new time are skipped, and later ones are not', async () => {
    const { clock, table, kafka, stop } = await exported([]);
    const now = START + SECONDS + SETTLED_SECONDS;
    await reset(clock, kafka, now - 5);
    table.rows.push({ id: 1, second: now - 6 }, { id: 2, second: now - 5 });
    await clock.advance(NOTICED_SECONDS * 1000);
    stop();
    expect(kafka.ids).toEqual([2]);
  });

  test('interrupted half way, doing it again completes it', async () => {
    const rows = Array.from({ length: SECONDS }, (_, id) => ({ id, second: START + id }));
    const { clock, kafka, stop } = await exported(rows);
    stop();
    const breaks = new AbortController();
    await expect(
      resetShards(
        {
          clock,
          random: () => 1,
          producerOf: (shard) => kafka.producer(shard),
          read: (shard) => Promise.resolve(kafka.progress.get(shard) ?? []),
          newMarker: randomUUID,
          onShard: () => {
            breaks.abort(new Error('interrupted'));
          },
        },
        { shards: SHARDS, targets: new Map([[L7, START + 30]]) },
        breaks.signal,
      ),
    ).rejects.toThrow('interrupted');
    await reset(clock, kafka, START + 30);
    const stopSecond = startExporter(clock, new MemoryTable(), kafka);
    stopSecond();
    const progress = progressOf(
      Array.from({ length: SHARDS }, (_, shard) => kafka.progress.get(shard) ?? []),
      [L7],
    );
    expect(progress.dataSources.map(finalTo)).toEqual([START + 30]);
    expect(progress.dataSources[0]?.start).toBe(START + 30);
  });
});

describe('what a reset says it does', () => {
  test('is what becomes of the rows: those of its windows alone are sent again', async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, place, async (rows, to) => {
        const { clock, kafka, stop } = await exported(rows);
        const partitions = Array.from({ length: SHARDS }, (_, i) => kafka.progress.get(i) ?? []);
        const [progress] = progressOf(partitions, [L7]).dataSources;
        if (progress === undefined) throw new Error('the data source was started');
        const { again } = resetEffect(progress, to);
        const before = kafka.ids.length;
        await reset(clock, kafka, to);
        await clock.advance(NOTICED_SECONDS * 1000);
        stop();
        const promised = rows.filter(
          ({ second }) => again !== undefined && second >= again.from && second < again.to,
        );
        expect(sorted(kafka.ids.slice(before))).toEqual(sorted(promised.map(({ id }) => id)));
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});
