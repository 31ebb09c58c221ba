import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { runKafkaTool } from '../../harness/kafka/java.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { readTopic } from '../../harness/kafka/topic-reader.ts';
import { compareRecords } from '../../harness/oracle/compare-records.ts';
import { expectedRecords } from '../../harness/oracle/expected-records.ts';
import { configFor, createPlace, readRecords, runExporter } from './exporter-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const ROWS = 600;
const PARTITIONS = 11;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  const toMicros = (Date.now() - 20_000) * 1000;
  const range = { fromMicros: toMicros - 30_000_000, toMicros };
  await insertRows(clickHouse, { dataSource: L7, seed: 9, firstRow: 0, rows: ROWS, ...range });
});
afterAll(() => clickHouse.stop());

/** Sends keys with Kafka's own producer, and answers the partition of each. */
async function partitionsByJava(
  topic: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const options = [
    ...['--bootstrap-server', kafka.bootstrap, '--topic', topic],
    ...['--property', 'parse.key=true', '--property', 'key.separator=|'],
  ];
  const lines = keys.map((key) => `${key}|x\n`).join('');
  await runKafkaTool('org.apache.kafka.tools.ConsoleProducer', options, lines);
  const reader = await readTopic({ clientId: 'test', brokers: kafka.bootstrap.split(',') }, topic);
  await reader.waitUntil(() => reader.values.length >= keys.length, 30_000);
  await reader.stop();
  return new Map(reader.places.map(({ key, partition }) => [key ?? '', partition]));
}

describe('records with keys', () => {
  test.each(['zstd', 'lz4'] as const)(
    'stand in the partition that Kafka’s own producer chooses for their key, each once (%s)',
    async (compression) => {
      const place = await createPlace(kafka, clickHouse);
      onTestFinished(() => place.remove());
      await admin.createTopic(`${place.prefix}${L7}`, PARTITIONS);
      await admin.createTopic(`${place.prefix}java`, PARTITIONS);
      const keyField = 'trace_id';
      await place.writeConfig(
        configFor(place, { kafka, clickHouse }, { kafka: { compression, keyField } }),
      );
      const running = await runExporter(place);
      onTestFinished(() => running.exporter.stop());
      await running.until(({ recordsExported }) => recordsExported === ROWS);
      const reader = await readRecords(place, kafka, L7);
      await reader.waitUntil(() => reader.values.length >= ROWS, 30_000);
      await reader.stop();
      expect(compareRecords(await expectedRecords(clickHouse, L7), reader.values)).toMatchObject({
        found: ROWS,
        missingCount: 0,
        foreignCount: 0,
        repeated: 0,
      });
      const keyed = reader.places.flatMap(({ key, partition }) =>
        key === undefined ? [] : [{ key, partition }],
      );
      const withTrace = await clickHouse.query(`SELECT countIf(trace_id != '') FROM ${L7}`);
      expect(keyed).toHaveLength(Number(withTrace));
      reader.values.forEach((value, i) => {
        const trace = /"trace_id":"([^"]*)"/.exec(value.toString())?.[1];
        expect(reader.places[i]?.key).toBe(trace);
      });
      const byJava = await partitionsByJava(`${place.prefix}java`, [
        ...new Set(keyed.map(({ key }) => key)),
      ]);
      expect(keyed.map(({ key }) => byJava.get(key))).toEqual(
        keyed.map(({ partition }) => partition),
      );
      expect(new Set(keyed.map(({ partition }) => partition)).size).toBe(PARTITIONS);
    },
  );
});
