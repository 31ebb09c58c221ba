import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { runKafkaTool } from '../../harness/kafka/java.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { readTopic } from '../../harness/kafka/topic-reader.ts';
import { compareRecords } from '../../harness/oracle/compare-records.ts';
import { expectedRecords } from '../../harness/oracle/expected-records.ts';
import { configFor, readRecords } from './exporter-under-test.ts';
import { eachOnce, L7, newPlace, recentRows, startIn, startTables } from './parts.ts';

const ROWS = 600;
const PARTITIONS = 11;
/** The reader's group has to meet first, which takes seconds on a busy machine. */
const READ_MS = 60_000;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 9, rows: ROWS, seconds: 50 }));
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
  await runKafkaTool('org.apache.kafka.tools.ConsoleProducer', options, { stdin: lines });
  const reader = await readTopic({ clientId: 'test', brokers: kafka.bootstrap.split(',') }, topic);
  await reader.waitUntil(() => reader.values.length >= keys.length, READ_MS);
  await reader.stop();
  return new Map(reader.places.map(({ key, partition }) => [key ?? '', partition]));
}

describe('records with keys', () => {
  test.each(['zstd', 'lz4'] as const)(
    'stand in the partition that Kafka’s own producer chooses for their key, each once (%s)',
    async (compression) => {
      const parts = { kafka, clickHouse };
      const place = await newPlace(onTestFinished, parts, { partitions: PARTITIONS });
      await admin.createTopic(`${place.prefix}java`, PARTITIONS);
      const change = { kafka: { compression, keyField: 'trace_id' } };
      const running = await startIn(onTestFinished, place, configFor(place, parts, change));
      await running.until(({ recordsExported }) => recordsExported === ROWS);
      const reader = await readRecords(place, kafka, { dataSource: L7, count: ROWS });
      const compared = compareRecords(await expectedRecords(clickHouse, L7), reader.values);
      expect(compared).toEqual(eachOnce(ROWS));
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
