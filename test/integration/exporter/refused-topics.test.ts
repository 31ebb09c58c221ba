import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Problem, ProblemReason } from '../../../src/exporter/contract/status-report.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { runKafkaTool } from '../../harness/kafka/java.ts';
import { type KafkaHandle, startKafka } from '../../harness/kafka/start-kafka.ts';
import { configFor, createPlace, type Place, type RunningExporter } from './exporter-under-test.ts';
import { L7, newPlace, recentRows, startIn, startTables } from './parts.ts';

const ROWS = 200;
const SHARDS = 4;
const shared = inject('kafka');
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 11, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

async function problemOf(running: RunningExporter, reason: ProblemReason): Promise<Problem> {
  const isIt = (each: Problem): boolean => each.reason === reason;
  const { problems } = await running.until((status) => status.problems.some(isIt));
  const found = problems.find(isIt);
  if (found === undefined) throw new Error('the problem was there');
  return found;
}

async function expectDelivered(running: RunningExporter): Promise<void> {
  const status = await running.until(
    ({ delivering, recordsExported }) => delivering && recordsExported >= ROWS,
  );
  expect(status).toMatchObject({ problems: [], recordsExported: ROWS });
}

/** A Kafka whose brokers have more in server.properties. */
async function kafkaWith(
  properties: Readonly<Record<string, string | number>>,
): Promise<KafkaHandle> {
  const kafka = await startKafka({ properties });
  onTestFinished(() => kafka.stop());
  return kafka;
}

/** A place whose topic of records has one replica, whatever the default of the brokers is. */
async function placeIn(kafka: KafkaHandle): Promise<Place> {
  const place = await createPlace(kafka, clickHouse, 'plain user');
  onTestFinished(() => place.remove());
  await createTopic(kafka, `${place.prefix}${L7}`, 2);
  return place;
}

function createTopic(kafka: KafkaHandle, topic: string, numPartitions: number): Promise<boolean> {
  const topics = [{ topic, numPartitions, replicationFactor: 1 }];
  return kafka.withAdmin((admin) => admin.createTopics({ topics, waitForLeaders: false }));
}

const plain = { kafka: { sasl: { mechanism: 'PLAIN' } } } as const;

test('a checkpoint topic that the brokers do not create is told with their words, and delivery goes on once it is there', async () => {
  const kafka = await kafkaWith({ 'default.replication.factor': 3 });
  const place = await placeIn(kafka);
  const config = configFor(place, { kafka, clickHouse }, plain);
  const running = await startIn(onTestFinished, place, config);
  const { message } = await problemOf(running, 'TopicRefused');
  expect(message).toContain(place.checkpointTopic);
  expect(message).toMatch(/INVALID_REPLICATION_FACTOR: .*replicat.*3/i);
  await createTopic(kafka, place.checkpointTopic, SHARDS);
  const { message: unsafe } = await problemOf(running, 'TopicNotCompacted');
  const [, tool = ''] = /kafka-configs\.sh ([^(]+)/.exec(unsafe) ?? [];
  const command = tool
    .trim()
    .replace(/--bootstrap-server \S+/, `--bootstrap-server ${kafka.bootstrap}`);
  await runKafkaTool('kafka.admin.ConfigCommand', command.split(' '));
  await expectDelivered(running);
});

describe('a checkpoint topic that was made by hand', () => {
  test.each(['delete', 'compact,delete'])(
    'is refused with cleanup.policy=%s, since Kafka would delete the progress',
    async (policy) => {
      const users = 'plain user';
      const place = await newPlace(
        onTestFinished,
        { kafka: shared, clickHouse },
        { partitions: 2, users },
      );
      const { createTopic: create } = kafkaFrom(shared);
      await create(place.checkpointTopic, SHARDS, { 'cleanup.policy': policy });
      const running = await startIn(
        onTestFinished,
        place,
        configFor(place, { kafka: shared, clickHouse }, plain),
      );
      const { message } = await problemOf(running, 'TopicNotCompacted');
      expect(message).toContain(`cleanup.policy=${policy}`);
      expect(message).toContain(`--entity-name ${place.checkpointTopic}`);
      expect((await running.status()).recordsExported).toBe(0);
    },
  );

  test('is used if its configuration may not be read', async () => {
    const users = 'own user';
    const parts = { kafka: shared, clickHouse };
    const place = await newPlace(onTestFinished, parts, { partitions: 2, users });
    const { createTopic: create, grant, revokeAll } = kafkaFrom(shared);
    const { username } = place.user;
    const { records, checkpoints, transactions, group } = place.rights;
    await create(place.checkpointTopic, SHARDS, { 'cleanup.policy': 'compact' });
    await revokeAll(username);
    const reading = { ...checkpoints, operations: ['read', 'write'] } as const;
    await grant(username, records, reading, transactions, group);
    await expectDelivered(await startIn(onTestFinished, place, configFor(place, parts)));
  });
});
