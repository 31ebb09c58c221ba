import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, newPlace, recentRows, startIn, startTables } from './parts.ts';

const kafka = inject('kafka');
const ROWS = 8_000;
/** One block of ten seconds holds all rows, so that they would be one transaction. */
const BLOCK_MICROS = 10e6;
/** Kafka takes the rows in a minute and a half, which is longer than a transaction may last. */
const QUOTA_BYTES_PER_SECOND = 28_000;
const AGE_SECONDS = 600;
const DEADLINE_MS = 240_000;

let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  const block = Math.floor((Date.now() / 1_000 - AGE_SECONDS) / 10) * BLOCK_MICROS;
  const time = { fromMicros: block, toMicros: block + BLOCK_MICROS - 1e6 };
  await insertRows(clickHouse, recentRows({ seed: 3, rows: ROWS, ...time }));
});
afterAll(() => clickHouse.stop());

/** The exporter's metrics now: the sum of all series of a name, or of those with a label's value. */
async function metricsOf(port: number): Promise<(name: string, label?: string) => number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await response.text()).split('\n');
  return (name, label = '') =>
    lines
      .filter((line) => line.startsWith(`deepflow_kafka_exporter_${name}`) && line.includes(label))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('with a quota of Kafka that makes a block longer than a transaction may last', () => {
  test('an exporter commits the block in parts, and sends no byte twice', async () => {
    const place = await newPlace(
      onTestFinished,
      { kafka, clickHouse },
      { partitions: 3, users: 'own user' },
    );
    await kafkaFrom(kafka).setProduceQuota(place.user.username, QUOTA_BYTES_PER_SECOND);
    const change = { other: { delivery: { guarantee: 'ExactlyOnce', shards: 1 } } } as const;
    const config = configFor(place, { kafka, clickHouse }, change);
    const running = await startIn(onTestFinished, place, config);
    await running.until(({ recordsExported }) => recordsExported >= ROWS, DEADLINE_MS);
    const metrics = await metricsOf(running.exporter.port);
    const allowedSeconds = metrics('sent_bytes_total') / QUOTA_BYTES_PER_SECOND;
    expect(metrics('throttle_seconds_total')).toBeGreaterThan(allowedSeconds / 2);
    expect(metrics('retries_total')).toBe(0);
    expect(metrics('transactions_total', 'committed')).toBe(metrics('transactions_total'));
    expect(await compareWithTable(place, { kafka, clickHouse }, ROWS)).toEqual(eachOnce(ROWS));
  });
});
