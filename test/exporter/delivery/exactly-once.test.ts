import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../lib/manual-clock.ts';
import { type CommitFate, MemoryKafka, MemoryTable } from './simulation.ts';
import { SHARDS, START, startExporter, TIMING } from './simulated-exporter.ts';

/** Some years in seconds. */
const YEARS = 5 * 365 * 86_400;

/** What happens in a second of a schedule. */
interface Happening {
  /** The rows that are stored: their age in seconds, and their content. */
  readonly rows: readonly { readonly age: number; readonly id: number }[];
  readonly fault: 'none' | 'crash' | 'second exporter' | 'more shards' | 'failed read' | CommitFate;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  rows: fc.array(
    fc.record({
      // Rows may come in any order, as late as the lateness allows.
      age: fc.integer({ min: 0, max: TIMING.settleSeconds + TIMING.latenessSeconds - 2 }),
      // There are few contents, so that equal rows are frequent.
      id: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 6 },
  ),
  fault: fc.oneof(
    { weight: 6, arbitrary: fc.constant('none' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'crash' as const,
        'second exporter' as const,
        'more shards' as const,
        'failed read' as const,
        'lost' as const,
        'refused' as const,
        'committed, but nobody hears of it' as const,
      ),
    },
  ),
});

/**
 * Rows far apart and close together, of which the last are not final yet, and a start long before
 * all rows.
 */
const anyPast: fc.Arbitrary<Past> = fc
  .array(fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 100_000 }), fc.nat({ max: YEARS })), {
    maxLength: 12,
  })
  .chain((ages) =>
    fc.nat({ max: YEARS }).map((before) => ({ ages, start: Math.max(0, ...ages) + before })),
  );

/** What was stored before the schedule begins, and where exporters start. */
interface Past {
  /** Seconds before the beginning. */
  readonly start: number;
  /** The ages of rows before the beginning, within the time that is exported. */
  readonly ages: readonly number[];
}

async function runSchedule(
  schedule: readonly Happening[],
  {
    batchBytesMax = Infinity,
    progressBytesMax = Infinity,
    transactionBytes = Infinity,
    past = { start: 0, ages: [] },
  }: {
    batchBytesMax?: number;
    progressBytesMax?: number;
    transactionBytes?: number;
    past?: Past;
  } = {},
): Promise<{ readonly stored: readonly number[]; readonly sent: readonly number[] }> {
  const clock = createManualClock(START * 1000);
  const table = new MemoryTable();
  const kafka = new MemoryKafka();
  kafka.batchBytesMax = batchBytesMax;
  kafka.progressBytesMax = progressBytesMax;
  kafka.transactionBytes = transactionBytes;
  const first = START - past.start;
  table.rows.push(...past.ages.map((age, id) => ({ id: 500_000 + id, second: START - age })));
  let shards = SHARDS;
  const start = (): (() => void) =>
    startExporter(clock, table, kafka, { shards, startOf: () => first });
  let running = [start()];
  for (const [i, { rows, fault }] of schedule.entries()) {
    const now = START + i;
    for (const { age, id } of rows) {
      table.rows.push({
        id: 1_000 * Math.max(0, i - age) + id,
        second: Math.max(first, now - age),
      });
    }
    if (fault === 'crash') {
      for (const kill of running) kill();
      await clock.advance(300);
      running = [start()];
    } else if (fault === 'second exporter') running.push(start());
    else if (fault === 'more shards') {
      shards += 2;
      running.push(start());
    } else if (fault === 'failed read') table.failures++;
    else if (fault !== 'none') kafka.fates.push(fault);
    await clock.advance(1_000);
  }
  // The last rows have settled and were read for the last time, and all failures are over.
  await clock.advance((TIMING.settleSeconds + TIMING.latenessSeconds + 60) * 1_000);
  for (const kill of running) kill();
  const sorted = (ids: readonly number[]): readonly number[] => ids.toSorted((a, b) => a - b);
  return { stored: sorted(table.rows.map(({ id }) => id)), sent: sorted(kafka.ids) };
}

describe('every stored row is sent once', () => {
  test('whatever crashes, fails, comes late or runs twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 40 }), async (schedule) => {
        const { stored, sent } = await runSchedule(schedule);
        expect(sent).toEqual(stored);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('whatever happens, and however much empty time is before', async () => {
    const schedules = fc.array(happening, { minLength: 5, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(schedules, anyPast, async (schedule, past) => {
        const { stored, sent } = await runSchedule(schedule, { past });
        expect(sent).toEqual(stored);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('whatever happens, when each transaction holds only a part of the rows that are read', async () => {
    const schedules = fc.array(happening, { minLength: 5, maxLength: 30 });
    const sizes = fc.integer({ min: 1, max: 2_000 });
    await fc.assert(
      fc.asyncProperty(schedules, anyPast, sizes, async (schedule, past, transactionBytes) => {
        const { stored, sent } = await runSchedule(schedule, { past, transactionBytes });
        expect(sent).toEqual(stored);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('when its topic takes only smaller batches than are configured', async () => {
    const rows = Array.from({ length: 40 }, (_, id) => ({ age: 0, id: id % 7 }));
    // One batch of all forty records is larger than the limit. A batch of a few records is not.
    const { stored, sent } = await runSchedule([{ rows, fault: 'none' }], { batchBytesMax: 600 });
    expect(stored).toHaveLength(40);
    expect(sent).toEqual(stored);
  });

  test('when its checkpoint topic takes only batches that are smaller than the hashes of a second', async () => {
    const rows = Array.from({ length: 400 }, (_, id) => ({ age: 0, id: id % 7 }));
    const limits = { progressBytesMax: 1_000, batchBytesMax: 2_000 };
    const { stored, sent } = await runSchedule([{ rows, fault: 'none' }], limits);
    expect(sent).toEqual(stored);
  });

  test('when all rows come at once, long before it starts', async () => {
    const rows = Array.from({ length: 50 }, (_, id) => ({ age: 0, id: id % 7 }));
    const { stored, sent } = await runSchedule([{ rows, fault: 'none' }]);
    expect(sent).toEqual(stored);
  });
});
