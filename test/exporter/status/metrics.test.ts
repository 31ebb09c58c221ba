import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { noFaults } from '../../../src/exporter/encode/values/value-faults.ts';
import { createExporterMetrics } from '../../../src/exporter/status/metrics.ts';
import { createPushMetrics } from '../../../src/exporter/status/push-metrics.ts';

const PREFIX = 'deepflow_kafka_exporter_';
const BATCH = {
  dataSource: 'flow_log.l7_flow_log',
  records: 400,
  bytes: Buffer.alloc(0),
  compression: 'none',
  baseTimestampMs: 0,
  maxTimestampMs: 0,
  faults: noFaults(),
} as const;

async function valuesOf(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.flatMap((line) => (line.startsWith(PREFIX) ? [line.slice(PREFIX.length)] : []));
}

test('a batch counts with its records and its bytes as sent', async () => {
  const registry = new Registry();
  createExporterMetrics(registry).delivered({ ...BATCH, bytes: 20_000, tookMs: 30 });
  expect(await valuesOf(registry)).toEqual(
    expect.arrayContaining([
      'records_total{data_source="flow_log.l7_flow_log"} 400',
      'batch_records_bucket{le="100"} 0',
      'batch_records_bucket{le="500"} 1',
      'batch_records_sum 400',
      'batch_bytes_bucket{le="16384"} 0',
      'batch_bytes_bucket{le="65536"} 1',
      'batch_bytes_sum 20000',
      'send_duration_seconds_sum 0.03',
    ]),
  );
});

test('transactions count by how they ended', async () => {
  const registry = new Registry();
  const metrics = createExporterMetrics(registry);
  metrics.transactionEnded('committed');
  metrics.transactionEnded('committed');
  metrics.transactionEnded('fenced');
  expect(await valuesOf(registry)).toEqual(
    expect.arrayContaining([
      'transactions_total{outcome="committed"} 2',
      'transactions_total{outcome="fenced"} 1',
    ]),
  );
});

test('answers of brokers count by API, with how long they took', async () => {
  const registry = new Registry();
  const metrics = createExporterMetrics(registry);
  metrics.answered('Produce', 7);
  metrics.answered('EndTxn', 30);
  expect(await valuesOf(registry)).toEqual(
    expect.arrayContaining([
      'request_duration_seconds_bucket{le="0.005",api="Produce"} 0',
      'request_duration_seconds_bucket{le="0.01",api="Produce"} 1',
      'request_duration_seconds_sum{api="EndTxn"} 0.03',
    ]),
  );
});

test('records wait until they wait no more', () => {
  const metrics = createExporterMetrics(new Registry());
  metrics.queued(500);
  metrics.queued(300);
  metrics.queued(-500);
  expect(metrics.recordsQueued()).toBe(300);
});

test('the bytes of pushes are told beside how many may be held', async () => {
  const registry = new Registry();
  createPushMetrics(registry, { heldBytes: () => 10, heldBytesMax: 64 });
  expect(await valuesOf(registry)).toEqual(
    expect.arrayContaining(['push_held_bytes 10', 'push_held_bytes_max 64']),
  );
});
