import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { partitionForKey } from '../../../src/exporter/kafka/produce/murmur2.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, type Place, readRecords, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, L7, newPlace, recentRows, startIn, startTables } from './parts.ts';

const DEAD = 'dead-letters';
const ROWS = 300;
const PARTITIONS = 6;
const DEAD_PARTITIONS = 3;
const MAX_MESSAGE_BYTES = 20_000;
/** As for the status: the exporter may just have started. */
const DEADLINE = { timeout: 120_000 };
const KEY = 'trace-of-the-large-one';
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 5, rows: ROWS }));
  const large = `repeat('x', ${2 * MAX_MESSAGE_BYTES})`;
  await clickHouse.query(
    `INSERT INTO ${L7} (time, start_time, end_time, trace_id, request_resource) SELECT now() - 10, now64(6) - 10, now64(6) - 10, '${KEY}', ${large}`,
  );
});
afterAll(() => clickHouse.stop());

/** An exporter whose records' topic does not take the large row, nor a batch of the size that is set. */
async function startWith(deadLetters: {
  readonly deadLetterTopic?: string;
  readonly isMissing?: boolean;
}): Promise<{
  readonly place: Place;
  readonly running: RunningExporter;
}> {
  const parts = { kafka, clickHouse };
  const config = { 'max.message.bytes': String(MAX_MESSAGE_BYTES) };
  const place = await newPlace(onTestFinished, parts, { partitions: PARTITIONS, config });
  if (deadLetters.isMissing !== true) await createDeadLetters(place);
  const topic = deadLetters.deadLetterTopic;
  const delivery = {
    guarantee: 'ExactlyOnce',
    shards: 2,
    ...(topic === undefined ? {} : { deadLetterTopic: `${place.prefix}${topic}` }),
  } as const;
  const records = { compression: 'none', keyField: 'trace_id', maxRequestBytes: 60_000 } as const;
  const change = { kafka: records, other: { delivery } };
  const running = await startIn(onTestFinished, place, configFor(place, parts, change));
  return { place, running };
}

function createDeadLetters(place: Place): Promise<void> {
  return admin.createTopic(`${place.prefix}${DEAD}`, DEAD_PARTITIONS);
}

async function expectAllButTheLargeOne(place: Place, rows: number): Promise<void> {
  const found = await compareWithTable(place, { kafka, clickHouse }, rows);
  expect(found).toMatchObject({ found: rows, missingCount: 1, foreignCount: 0, repeated: 0 });
  expect(found.missing[0]).toContain(`"trace_id":"${KEY}"`);
}

async function rejectedBy({ exporter }: RunningExporter): Promise<readonly string[]> {
  const metrics = await (await fetch(`http://127.0.0.1:${exporter.port}/metrics`)).text();
  const name = 'deepflow_kafka_exporter_rejected_records_total';
  return metrics.split('\n').filter((line) => line.startsWith(`${name}{`));
}

const REJECTED = `deepflow_kafka_exporter_rejected_records_total{data_source="${L7}",reason="tooLarge"} 1`;

describe('a record that is too large for its topic', () => {
  test('goes to the topic of dead letters once, with its key, and the others arrive exactly once', async () => {
    const { place, running } = await startWith({ deadLetterTopic: DEAD });
    await running.until(({ recordsExported }) => recordsExported >= ROWS);
    await expectAllButTheLargeOne(place, ROWS);
    const reader = await readRecords(place, kafka, { dataSource: DEAD, count: 1 });
    expect(reader.values.map(({ length }) => length > 2 * MAX_MESSAGE_BYTES)).toEqual([true]);
    const partition = partitionForKey(Buffer.from(KEY), DEAD_PARTITIONS);
    expect(reader.places).toEqual([{ key: KEY, partition }]);
    await expect.poll(() => rejectedBy(running), DEADLINE).toEqual([REJECTED]);
  });

  test('waits for a topic of dead letters that is missing, which the status names at once', async () => {
    const { place, running } = await startWith({ deadLetterTopic: DEAD, isMissing: true });
    const { problems } = await running.until((status) =>
      status.problems.some(({ reason }) => reason === 'TopicMissing'),
    );
    expect(problems[0]?.message).toMatch(
      new RegExp(`^spec.delivery.deadLetterTopic.* topic ${place.prefix}${DEAD} does not exist`),
    );
    await createDeadLetters(place);
    await running.until(({ delivering, recordsExported }) => delivering && recordsExported >= ROWS);
    await expectAllButTheLargeOne(place, ROWS);
    await readRecords(place, kafka, { dataSource: DEAD, count: 1 });
    await expect.poll(() => rejectedBy(running), DEADLINE).toEqual([REJECTED]);
  });

  test('is left out and counted without such a topic, and what comes later is exported', async () => {
    const { place, running } = await startWith({});
    await running.until(({ recordsExported }) => recordsExported >= ROWS);
    await expect.poll(() => rejectedBy(running), DEADLINE).toEqual([REJECTED]);
    await insertRows(clickHouse, recentRows({ seed: 5, firstRow: ROWS, rows: ROWS }));
    const status = await running.until(({ recordsExported }) => recordsExported >= 2 * ROWS);
    expect(status.problems).toEqual([]);
    await expectAllButTheLargeOne(place, 2 * ROWS);
    await expect.poll(() => rejectedBy(running), DEADLINE).toEqual([REJECTED]);
  });
});
