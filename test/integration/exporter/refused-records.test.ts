import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { COMPRESSIONS } from '../../../src/exporter/contract/exporter-config.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, type Place, readRecords, type RunningExporter } from './exporter-under-test.ts';
import { L7, newPlace, recentRows, startIn, startTables } from './parts.ts';

const DEAD = 'dead-letters';
const ROWS = 400;
const OLD_ROWS = 20;
const HOUR_MS = 3_600_000;
/** As for the status: the exporter may just have started. */
const DEADLINE = { timeout: 120_000 };
const kafka = inject('kafka');
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 8, rows: ROWS, seconds: 2 }));
  const toMicros = (Date.now() - 2 * HOUR_MS) * 1_000;
  const time = { fromMicros: toMicros - 1e6, toMicros };
  await insertRows(clickHouse, recentRows({ seed: 9, firstRow: ROWS, rows: OLD_ROWS, ...time }));
});
afterAll(() => clickHouse.stop());

/** An exporter whose records' topic has this configuration. */
async function startWith(
  topic: Readonly<Record<string, string>>,
  producer: { readonly compression: (typeof COMPRESSIONS)[number]; readonly keyField?: string },
): Promise<{ readonly place: Place; readonly running: RunningExporter }> {
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2, config: topic });
  await kafkaFrom(kafka).createTopic(`${place.prefix}${DEAD}`, 2);
  const deadLetterTopic = `${place.prefix}${DEAD}`;
  const delivery = { guarantee: 'ExactlyOnce', shards: 2, deadLetterTopic } as const;
  const change = { kafka: producer, other: { delivery } };
  return { place, running: await startIn(onTestFinished, place, configFor(place, parts, change)) };
}

async function rejectedBy({ exporter }: RunningExporter, reason: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${exporter.port}/metrics`)).text();
  const series = `deepflow_kafka_exporter_rejected_records_total{data_source="${L7}",reason="${reason}"} `;
  const line = metrics.split('\n').find((each) => each.startsWith(series));
  return Number(line?.slice(series.length) ?? 0);
}

describe('records that their topic refuses', () => {
  test.each(COMPRESSIONS)(
    'because of their age go to the topic of dead letters, and the others arrive exactly once: %s',
    async (compression) => {
      const topic = { 'message.timestamp.before.max.ms': String(HOUR_MS) };
      const { place, running } = await startWith(topic, { compression });
      await expect.poll(() => rejectedBy(running, 'invalidTimestamp'), DEADLINE).toBe(OLD_ROWS);
      const status = await running.until(({ recordsExported }) => recordsExported >= ROWS);
      expect(status).toMatchObject({ recordsExported: ROWS, problems: [] });
      const good = await readRecords(place, kafka, { dataSource: L7, count: ROWS });
      const dead = await readRecords(place, kafka, { dataSource: DEAD, count: OLD_ROWS });
      expect(new Set(good.values).size).toBe(ROWS);
      expect(new Set(dead.values).size).toBe(OLD_ROWS);
    },
  );

  test('because they have no key in a compacted topic go there too', async () => {
    const unkeyed = Number(
      await clickHouse.query(`SELECT count() FROM ${L7} WHERE trace_id = '' FORMAT TabSeparated`),
    );
    expect(unkeyed).toBeGreaterThan(0);
    const topic = { 'cleanup.policy': 'compact' };
    const producer = { compression: 'lz4', keyField: 'trace_id' } as const;
    const { place, running } = await startWith(topic, producer);
    await expect.poll(() => rejectedBy(running, 'invalidRecord'), DEADLINE).toBe(unkeyed);
    const keyed = ROWS + OLD_ROWS - unkeyed;
    const status = await running.until(({ recordsExported }) => recordsExported >= keyed);
    expect(status).toMatchObject({ recordsExported: keyed, problems: [] });
    const dead = await readRecords(place, kafka, { dataSource: DEAD, count: unkeyed });
    expect(new Set(dead.values).size).toBe(unkeyed);
  });
});
