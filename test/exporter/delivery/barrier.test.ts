import { expect, test } from 'vitest';
import { createManualClock } from '../../lib/manual-clock.ts';
import { MemoryKafka, MemoryTable } from './simulation.ts';
import { START, startExporter } from './simulated-exporter.ts';

const L7 = 'flow_log.l7_flow_log';
const ONE = [{ from: 0, shards: 1 }];
const TWO = [...ONE, { from: START + 20, shards: 2 }];

test('a shard passes a barrier only when the time plan has a period from there on', async () => {
  const clock = createManualClock(START * 1000);
  const table = new MemoryTable();
  const kafka = new MemoryKafka();
  // The plan is in the partition of the first shard, whose owner has not announced a period.
  kafka.progress.set(0, [
    { kind: 'layout', periods: ONE },
    { kind: 'start', dataSource: L7, second: START },
    { kind: 'barrier', second: START + 20 },
  ]);
  for (let second = 0; second < 60; second++) {
    table.rows.push({ id: second, second: START + second });
  }
  const kill = startExporter(clock, table, kafka, { shards: 1 });
  await clock.advance(50_000);
  expect(kafka.ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, id) => id));
  kill();
  kafka.progress.get(0)?.push({ kind: 'layout', periods: TWO });
  const end = startExporter(clock, table, kafka, { shards: 2 });
  await clock.advance(50_000);
  end();
  expect(kafka.ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, id) => id));
});
