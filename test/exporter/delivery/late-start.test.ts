import { expect, test } from 'vitest';
import { createManualClock } from '../../lib/manual-clock.ts';
import { SHARDS, START, startExporter } from './simulated-exporter.ts';
import { MemoryKafka, MemoryTable } from './simulation.ts';

test('a start that becomes known late is decided once, and the rows after it are sent once', async () => {
  const clock = createManualClock(START * 1_000);
  const table = new MemoryTable();
  const kafka = new MemoryKafka();
  let start: number | undefined;
  const kill = startExporter(clock, table, kafka, { startOf: () => start });
  const ids = Array.from({ length: 60 }, (_, id) => id);
  table.rows.push(...ids.map((id) => ({ id, second: START - 60 + id })));
  await clock.advance(90_000);
  expect(kafka.ids).toEqual([]);
  start = START - 60;
  // Shards that have waited for a long time request the time plan every half minute.
  await clock.advance(2_000);
  start = START - 30;
  await clock.advance(60_000);
  kill();
  expect(kafka.ids.toSorted((a, b) => a - b)).toEqual(ids);
  const kinds = Array.from({ length: SHARDS }, (_, shard) => kafka.progress.get(shard) ?? [])
    .flat()
    .map(({ kind }) => kind)
    .filter((kind) => kind === 'layout' || kind === 'start');
  expect(kinds).toEqual(['layout', 'start']);
});
