import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { TooLateRows } from '../../../src/exporter/schedule/too-late-rows.ts';
import { createExporterMetrics } from '../../../src/exporter/status/metrics.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { MemoryKafka, MemoryTable } from '../delivery/simulation.ts';
import { START, startExporter, TIMING } from '../delivery/simulated-exporter.ts';

const WINDOW = { from: 10, to: 20 };

test('final seconds are counted once more after the lateness has passed again', () => {
  const rows = new TooLateRows(180);
  rows.add(WINDOW, 7, 1_000);
  expect(rows.takeDue(1_179)).toBeUndefined();
  expect(rows.takeDue(1_180)).toMatchObject({ window: WINDOW, rows: 7 });
  expect(rows.takeDue(1_180)).toBeUndefined();
});

test('rows that come too late are not sent, and counted', async () => {
  const clock = createManualClock(START * 1000);
  const table = new MemoryTable();
  const kafka = new MemoryKafka();
  const registry = new Registry();
  const metrics = createExporterMetrics(registry);
  for (let id = 0; id < 5; id++) table.rows.push({ id, second: START + id });
  const end = startExporter(clock, table, kafka, { metrics });
  await clock.advance((TIMING.settleSeconds + TIMING.latenessSeconds + 20) * 1000);
  table.rows.push({ id: 98, second: START + 1 }, { id: 99, second: START + 4 });
  await clock.advance(70_000);
  end();
  expect(kafka.ids.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect(await registry.metrics()).toContain(
    'deepflow_kafka_exporter_too_late_rows_total{data_source="flow_log.l7_flow_log"} 2',
  );
});
