import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../lib/manual-clock.ts';
import { type CommitFate, MemoryKafka, MemoryTable } from './simulation.ts';
import { SHARDS, START, startExporter, TIMING } from './simulated-exporter.ts';

/** What happens in a second of a schedule. */
interface Happening {
  /** Rows that are stored: how many seconds old, and which content. */
  readonly rows: readonly { readonly age: number; readonly id: number }[];
  readonly fault: 'none' | 'crash' | 'second exporter' | 'more shards' | 'failed read' | CommitFate;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  rows: fc.array(
    fc.record({
      // Rows may come as late as the lateness allows, in any order.
      age: fc.integer({ min: 0, max: TIMING.settleSeconds + TIMING.latenessSeconds - 2 }),
      // Few contents, so that equal rows are frequent.
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

async function runSchedule(
  schedule: readonly Happening[],
  batchBytesMax = Infinity,
): Promise<{ readonly stored: readonly number[]; readonly sent: readonly number[] }> {
  const clock = createManualClock(START * 1000);
  const table = new MemoryTable();
  const kafka = new MemoryKafka();
  kafka.batchBytesMax = batchBytesMax;
  let shards = SHARDS;
  const start = (): (() => void) => startExporter(clock, table, kafka, { shards });
  let running = [start()];
  for (const [i, { rows, fault }] of schedule.entries()) {
    const now = START + i;
    for (const { age, id } of rows) {
      table.rows.push({
        id: 1_000 * Math.max(0, i - age) + id,
        second: Math.max(START, now - age),
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
  // What came last has settled, was looked at for the last time, and failures are over.
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

  test('when its topic takes only smaller batches than are configured', async () => {
    const rows = Array.from({ length: 40 }, (_, id) => ({ age: 0, id: id % 7 }));
    // All forty in one batch are more than that; a few are not.
    const { stored, sent } = await runSchedule([{ rows, fault: 'none' }], 600);
    expect(stored).toHaveLength(40);
    expect(sent).toEqual(stored);
  });

  test('when all rows come at once, long before it starts', async () => {
    const rows = Array.from({ length: 50 }, (_, id) => ({ age: 0, id: id % 7 }));
    const { stored, sent } = await runSchedule([{ rows, fault: 'none' }]);
    expect(sent).toEqual(stored);
  });
});
