import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import kafkajs from 'kafkajs';
import { DATA_SOURCES, type DataSource } from '../../../src/deepflow/data-sources.ts';
import type { PushConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { partitionForKey } from '../../../src/exporter/kafka/produce/murmur2.ts';
import { ENCODINGS } from '../../../src/exporter/push/http/read-body.ts';
import { pushConfig } from '../../exporter/exporter-config.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import type { KafkaData } from '../../harness/kafka/kafka-data.ts';
import { startKafka } from '../../harness/kafka/start-kafka.ts';
import { until } from '../../lib/until.ts';
import { storedLines } from '../deepflow/stored-rows.ts';
import { configFor, type Place, readRecords, type RunningExporter } from './exporter-under-test.ts';
import { L7, newPlace, recentRows, startIn, startTables } from './parts.ts';
import { push } from './push-client.ts';

const ROWS = 300;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  for (const dataSource of DATA_SOURCES) {
    await insertRows(clickHouse, recentRows({ dataSource, seed: 8, rows: ROWS, seconds: 60 }));
  }
});
afterAll(() => clickHouse.stop());

/** A place for records of any age: Kafka deletes them by the time that they name, which lies long ago here. */
function newPushPlace(
  dataSources: readonly DataSource[] = [L7],
  broker: KafkaData = kafka,
): Promise<Place> {
  const parts = { kafka: broker, clickHouse };
  const config = { 'retention.ms': '-1' };
  return newPlace(onTestFinished, parts, { partitions: 4, dataSources, config });
}

const UNTRANSLATED = { universalTagTranslateToNameDisabled: true };

/** An exporter to which records can be pushed. */
async function startPushing(
  place: Place,
  change: Parameters<typeof configFor>[2] = {},
  http: Partial<PushConfig['http']> = {},
  broker: KafkaData = kafka,
): Promise<{ readonly exporter: RunningExporter; readonly port: number }> {
  const config = configFor(place, { kafka: broker, clickHouse }, change);
  const exporter = await startIn(onTestFinished, place, pushConfig(config, http));
  await exporter.until(({ delivering }) => delivering);
  return { exporter, port: exporter.exporter.pushPort ?? 0 };
}

async function recordsOf(
  place: Place,
  dataSource: DataSource,
  count: number,
): Promise<readonly string[]> {
  const { values } = await readRecords(place, kafka, { dataSource, count });
  return values.map((value) => value.toString()).toSorted();
}

async function topicsNow(): Promise<readonly string[]> {
  const client = new kafkajs.Kafka({ brokers: kafka.bootstrap.split(',') }).admin();
  await client.connect();
  const topics = await client.listTopics();
  await client.disconnect();
  return topics;
}

/** The type of a workload, which ClickHouse looks up and no row has. */
const WORKLOAD_TYPES = /,"pod_group_type(_[01])?":("[^"]*"|\d+)/g;

describe('records of rows that are pushed', () => {
  test.each(['Documented', 'Compatible'] as const)(
    'are byte for byte those of the same rows in ClickHouse, in the format %s',
    async (recordFormat) => {
      const other = { ...UNTRANSLATED, recordFormat, dataSources: [...DATA_SOURCES] };
      const read = await newPushPlace(DATA_SOURCES);
      const config = configFor(read, { kafka, clickHouse }, { other });
      const reading = await startIn(onTestFinished, read, config);
      const pushed = await newPushPlace(DATA_SOURCES);
      const { port, exporter } = await startPushing(pushed, { other });
      for (const [i, dataSource] of DATA_SOURCES.entries()) {
        const lines = await storedLines(clickHouse, dataSource, '1', i % 2 === 0);
        const answer = await push(port, dataSource, lines, {
          encoding: ENCODINGS[i % 3] ?? 'gzip',
        });
        expect(answer).toMatchObject({
          status: 200,
          body: { accepted: ROWS, filtered: 0, rejected: [], rejectedTotal: 0 },
        });
      }
      const total = ROWS * DATA_SOURCES.length;
      expect((await exporter.status()).recordsExported).toBe(total);
      await reading.until(({ recordsExported }) => recordsExported >= total);
      for (const dataSource of DATA_SOURCES) {
        const [expected, found] = await Promise.all(
          [read, pushed].map(async (place) =>
            (await recordsOf(place, dataSource, ROWS))
              .map((record) => record.replaceAll(WORKLOAD_TYPES, ''))
              .toSorted(),
          ),
        );
        // Of many records, the first one that differs says enough.
        const differs = found?.findIndex((record, n) => record !== expected?.[n]) ?? -1;
        expect(found?.[differs]).toBe(expected?.[differs]);
        expect(found).toHaveLength(ROWS);
      }
    },
  );

  test('have the keys and partitions that rows of ClickHouse have', async () => {
    const dataSource = L7;
    const place = await newPushPlace();
    const keyField = 'trace_id';
    const { port } = await startPushing(place, { kafka: { keyField }, other: UNTRANSLATED });
    const lines = await storedLines(clickHouse, dataSource, '1', true);
    expect(await push(port, dataSource, lines)).toMatchObject({ body: { accepted: ROWS } });
    const reader = await readRecords(place, kafka, { dataSource, count: ROWS });
    const traces = reader.values.map((value) => /"trace_id":"([^"]*)"/.exec(value.toString())?.[1]);
    expect(reader.places.map(({ key }) => key)).toEqual(traces);
    expect(reader.places.filter(({ key }) => key !== undefined).length).toBeGreaterThan(ROWS / 2);
    for (const { key, partition } of reader.places) {
      if (key !== undefined) expect(partition).toBe(partitionForKey(Buffer.from(key), 4));
    }
    expect(new Set(reader.values.map(String)).size).toBe(ROWS);
  });
});

const line = (id: number, rest: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ time: 1_700_000_000, end_time: 1_700_000_000_000_001, _id: id, ...rest });
const lines = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => line(from + i));
const idsOf = (records: readonly string[]): number[] =>
  records.map((record) => Number(/"_id":(\d+)/.exec(record)?.[1])).toSorted((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a push', () => {
  test.each(['ExactlyOnce', 'AtLeastOnce'] as const)(
    'delivers its good lines and names the others, with %s',
    async (guarantee) => {
      const place = await newPushPlace();
      const tagFilters = [
        { fieldName: 'request_domain', operator: '~' as const, fieldValues: ['^shop'] },
      ];
      const filter = { condition: 'and' as const, tagFilters, tagFilterGroups: [] };
      const delivery = { guarantee, shards: 4 };
      const { port } = await startPushing(place, { other: { filter, delivery } });
      const { status, body } = await push(port, L7, [
        line(0, { request_domain: 'shop.example.com' }),
        line(1, { request_domain: 'bank.example.com' }),
        line(2, { request_domain: 'shop.example.com', server_port: 70_000 }),
        line(3, { request_domain: 'shop' }),
      ]);
      expect({ status, ...body }).toEqual({
        status: 200,
        accepted: 2,
        filtered: 1,
        rejected: [
          { line: 3, reason: 'server_port must be an integer of 0 to 65535, but is 70000' },
        ],
        rejectedTotal: 1,
      });
      expect(idsOf(await recordsOf(place, L7, 2))).toEqual([0, 3]);
      const topics = await topicsNow();
      expect(topics).toContain(`${place.prefix}${L7}`);
      expect(topics).not.toContain(place.checkpointTopic);
    },
  );

  test('names the lines whose records are too large for the topic, and delivers the others', async () => {
    const place = await newPushPlace([]);
    await admin.createTopic(`${place.prefix}${L7}`, 1, { 'max.message.bytes': '20000' });
    const { port } = await startPushing(place, { kafka: { compression: 'none' } });
    const large = line(3, { request_resource: 'x'.repeat(30_000) });
    const { status, body } = await push(port, L7, [...lines(0, 3), large, ...lines(4, 20)]);
    expect({ status, ...body }).toMatchObject({ status: 200, accepted: 23, rejectedTotal: 1 });
    expect(body.rejected).toMatchObject([{ line: 4 }]);
    expect(idsOf(await recordsOf(place, L7, 23))).toEqual(upTo(24).filter((id) => id !== 3));
  });

  test('of long ago keeps to a topic that goes by the time of its own, as docs/delivery.md advises', async () => {
    const place = await newPushPlace([]);
    const ownTime = { 'message.timestamp.type': 'LogAppendTime' };
    await admin.createTopic(`${place.prefix}${L7}`, 1, ownTime);
    const { port } = await startPushing(place);
    const before = Date.now();
    expect((await push(port, L7, lines(0, 10))).status).toBe(200);
    const reader = await readRecords(place, kafka, { dataSource: L7, count: 10 });
    expect(idsOf(reader.values.map(String))).toEqual(upTo(10));
    expect(Math.min(...reader.timestamps)).toBeGreaterThanOrEqual(before);
  });

  test('puts records with the same key into the same partition', async () => {
    const place = await newPushPlace();
    const { port } = await startPushing(place, { kafka: { keyField: 'trace_id' } });
    const keyed = (from: number): string[] =>
      upTo(40).map((i) => line(from + i, i % 8 === 0 ? {} : { trace_id: `trace-${i % 8}` }));
    const answers = await Promise.all(upTo(5).map((i) => push(port, L7, keyed(i * 40))));
    expect(answers.map(({ body }) => body.accepted)).toEqual(answers.map(() => 40));
    const reader = await readRecords(place, kafka, { dataSource: L7, count: 200 });
    expect(idsOf(reader.values.map(String))).toEqual(upTo(200));
    reader.values.forEach((value, i) => {
      const trace = /"trace_id":"([^"]*)"/.exec(value.toString())?.[1];
      expect(reader.places[i]?.key).toBe(trace);
    });
    const partitions = Map.groupBy(reader.places, ({ key }) => key);
    partitions.delete(undefined);
    expect(partitions.size).toBe(7);
    for (const places of partitions.values()) {
      expect(new Set(places.map(({ partition }) => partition)).size).toBe(1);
    }
  });

  test('that many clients send at once comes whole, in few transactions', async () => {
    const place = await newPushPlace();
    const { port, exporter } = await startPushing(place, { other: { queueCount: 1 } });
    const answers = await Promise.all(upTo(60).map((i) => push(port, L7, lines(i * 10, 10))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(idsOf(await recordsOf(place, L7, 600))).toEqual(upTo(600));
    const metrics = await fetch(`http://127.0.0.1:${exporter.exporter.port}/metrics`);
    const batches = /batches_total\{[^}]*\} (\d+)/.exec(await metrics.text())?.[1];
    expect(Number(batches)).toBeLessThan(60);
  });

  test('under way when the exporter stops is finished, and a later one is told to come again', async () => {
    const place = await newPushPlace();
    const { port, exporter } = await startPushing(place);
    const pushes = upTo(20).map((i) => push(port, L7, lines(i * 10, 10)).catch(() => undefined));
    await Promise.race(pushes);
    const stopped = exporter.exporter.stop();
    const answers = await Promise.all(pushes);
    await stopped;
    const stored = answers.flatMap((answer, i) => (answer?.status === 200 ? [i] : []));
    expect(stored.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => ![200, 503].includes(answer?.status ?? 0))).toEqual([]);
    const expected = stored.flatMap((i) => upTo(10).map((n) => i * 10 + n));
    expect(idsOf(await recordsOf(place, L7, expected.length))).toEqual(expected);
  });

  test('shows the token as it is now, and no other', async () => {
    const place = await newPushPlace();
    await place.writeCredentials({ pushToken: 'first\n' });
    const { port, exporter } = await startPushing(place, {}, { bearerToken: true });
    expect((await push(port, L7, lines(0, 1))).status).toBe(401);
    expect((await push(port, L7, lines(0, 1), { token: 'first' })).status).toBe(200);
    await place.writeCredentials({ pushToken: 'second\n', revision: '2' });
    await exporter.until(({ credentialsRevision }) => credentialsRevision === 2);
    expect((await push(port, L7, lines(0, 1), { token: 'first' })).status).toBe(401);
    expect((await push(port, L7, lines(1, 1), { token: 'second' })).status).toBe(200);
    expect(idsOf(await recordsOf(place, L7, 2))).toEqual([0, 1]);
  });

  test('that Kafka does not take is answered 503, and sent again is there once', async () => {
    const own = await startKafka();
    onTestFinished(() => own.stop());
    const place = await newPushPlace([L7], own);
    const { port, exporter } = await startPushing(place, {}, {}, own);
    const [broker] = own.brokers;
    if (broker === undefined) throw new Error('there is a broker');
    const statuses: number[] = [];
    const pushUntilStored = async (id: number): Promise<void> => {
      for (let status = 0; status !== 200; ) {
        ({ status } = await push(port, L7, lines(id * 10, 10)));
        statuses.push(status);
        if (status !== 200) await sleep(200);
      }
    };
    const clients = upTo(4).map(async (client) => {
      for (let i = 0; i < 40; i++) await pushUntilStored(client * 40 + i);
    });
    await until('some pushes', () => statuses.length > 10);
    await broker.kill();
    await until('a 503', () => statuses.includes(503));
    await exporter.until(({ delivering }) => !delivering);
    await broker.start();
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    const reader = await readRecords(place, own, { dataSource: L7, count: 1_600 });
    expect(idsOf(reader.values.map(String))).toEqual(upTo(1_600));
    await exporter.until(({ delivering }) => delivering);
  });
});

test('a topic that is missing stops the pushes for it alone', async () => {
  const L4 = 'flow_log.l4_flow_log';
  const place = await newPushPlace([L7]);
  const config = configFor(
    place,
    { kafka, clickHouse },
    { other: { ...UNTRANSLATED, dataSources: [L4, L7] } },
  );
  const exporter = await startIn(onTestFinished, place, pushConfig(config, {}));
  const { port, pushPort = 0 } = exporter.exporter;
  const topic = `${place.prefix}${L4}`;
  const { problems, delivering } = await exporter.until((status) =>
    status.problems.some(({ reason }) => reason === 'TopicMissing'),
  );
  expect(delivering).toBe(false);
  expect(problems[0]?.message).toContain(`topic ${topic} does not exist`);
  const isReady = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  await until('the pod to be ready', isReady);
  const lines = [JSON.stringify({ time: Math.floor(Date.now() / 1000), server_port: 443 })];
  const both = await Promise.all([push(pushPort, L4, lines), push(pushPort, L7, lines)]);
  expect(both.map(({ status }) => status)).toEqual([503, 200]);
  expect(both[0].body.error).toContain(topic);
  await admin.createTopic(topic, 2, { 'retention.ms': '-1' });
  await exporter.until((status) => status.delivering);
  expect((await push(pushPort, L4, lines)).status).toBe(200);
});
