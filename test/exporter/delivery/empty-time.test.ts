import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../lib/manual-clock.ts';
import { SHARDS, START, startExporter, TIMING } from './simulated-exporter.ts';
import { MemoryKafka, MemoryTable } from './simulation.ts';

const YEAR = 365 * 86_400;
const FIVE_YEARS = 5 * YEAR;
/** After the last reading of a second. */
const FINAL_MS = (TIMING.settleSeconds + TIMING.latenessSeconds + 60) * 1_000;
/**
 * More than the windows of the last minutes, which are read when they are due, and some windows
 * around each row.
 */
const READS_MAX = 500;

function tableWith(seconds: readonly number[]): MemoryTable {
  const table = new MemoryTable();
  table.readsMax = READS_MAX;
  table.rows.push(...seconds.map((second, id) => ({ id, second })));
  return table;
}

const sorted = (ids: readonly number[]): readonly number[] => ids.toSorted((a, b) => a - b);

describe('time without rows', () => {
  test.each([
    ['before the only rows', [START - 45, START - 44, START - 3]],
    ['between rows that lie years apart', [4, 3, 1].map((years) => START - years * YEAR)],
    ['of a table that has no row at all', []],
  ])('%s costs few reads, and no row is lost or sent twice', async (_name, seconds) => {
    const clock = createManualClock(START * 1_000);
    const table = tableWith(seconds);
    const kafka = new MemoryKafka();
    const kill = startExporter(clock, table, kafka, { startOf: () => START - FIVE_YEARS });
    await clock.advance(FINAL_MS);
    kill();
    expect(sorted(kafka.ids)).toEqual(seconds.map((_, id) => id));
    expect(table.reads).toBeLessThan(READS_MAX);
  });

  test('is final up to where rows can still come, and a restart does not read it again', async () => {
    const clock = createManualClock(START * 1_000);
    const table = tableWith([]);
    const kafka = new MemoryKafka();
    const start = () => startExporter(clock, table, kafka, { startOf: () => START - FIVE_YEARS });
    const kill = start();
    // Progress without rows is committed once a minute.
    await clock.advance(120_000);
    kill();
    const now = Math.floor(clock.now() / 1_000);
    for (let shard = 0; shard < SHARDS; shard++) {
      const done = kafka.progress.get(shard)?.findLast(({ kind }) => kind === 'done');
      const second = done !== undefined && 'second' in done ? done.second : 0;
      expect(second).toBeGreaterThan(START);
      expect(second).toBeLessThanOrEqual(now - TIMING.settleSeconds - TIMING.latenessSeconds);
    }
    table.searches = 0;
    const killSecond = start();
    await clock.advance(5_000);
    killSecond();
    expect(table.searches).toBeLessThanOrEqual(SHARDS);
  });

  test.each([0, 3, 7])(
    'is read as long as rows may come into it, %d s into a block',
    async (into) => {
      const clock = createManualClock((START + into) * 1_000);
      const table = tableWith([]);
      const kafka = new MemoryKafka();
      const kill = startExporter(clock, table, kafka, { startOf: () => START - FIVE_YEARS });
      await clock.advance(1_000);
      // For seconds before this one, every new row is too late.
      const oldest = START + into + 1 - TIMING.settleSeconds - TIMING.latenessSeconds;
      const ids = Array.from({ length: 14 }, (_, id) => id);
      table.rows.push(...ids.map((id) => ({ id, second: oldest + id })));
      await clock.advance(FINAL_MS);
      kill();
      expect(sorted(kafka.ids)).toEqual(ids);
    },
  );

  test('is searched less and less often while each window has only rows that a filter rejects', async () => {
    const clock = createManualClock(START * 1_000);
    const table = tableWith([]);
    table.readsMax = Infinity;
    table.source.nextRow = (_dataSource, second) => {
      table.searches++;
      return Promise.resolve(second);
    };
    const windows = 3_000;
    const kill = startExporter(clock, table, new MemoryKafka(), {
      startOf: () => START - windows * 10,
    });
    await clock.advance(1_000);
    kill();
    expect(table.reads).toBeGreaterThan(windows - 10);
    expect(table.searches).toBeLessThan(windows / 20);
  });
});
