import { randomBytes } from 'node:crypto';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { FLOW_LOGS } from '../../test/harness/generator/flow-logs.ts';
import { HarnessError } from '../../test/harness/harness-error.ts';
import type { KafkaHandle } from '../../test/harness/kafka/start-kafka.ts';

/** Logins to Kafka for the exporter and for the consumer of its records. */
export interface PreparedKafka {
  /** The exporter's SCRAM-SHA-512 login, with only the rights that it needs. */
  readonly exporter: { readonly username: string; readonly password: string };
  /** How a consumer logs in: SCRAM-SHA-512 over SASL_SSL, with a user of its own. */
  readonly reader: ReaderLogin;
}

/** The login of a consumer. */
export interface ReaderLogin {
  readonly bootstrap: string;
  /** Of the brokers' certificates; empty: the system's. */
  readonly caPem: string;
  readonly username: string;
  readonly password: string;
}

/** The topic of a data source if `spec.topic` is not set. */
export function topicName(dataSource: DataSource): string {
  return `deepflow.${dataSource}`;
}

const users = { exporter: 'deepflow-quickstart-exporter', reader: 'deepflow-quickstart-reader' };
const partitions = 4;

/**
 * Creates the topics of both data sources, a user for the exporter and a user for the reader, each with only the rights
 * that it needs. Refuses a Kafka that has one of the topics already.
 *
 * @param undo called before anything is created, with a function that removes it.
 */
export async function prepareKafka(
  kafka: KafkaHandle,
  checkpointTopic: string,
  undo: (cleanUp: () => Promise<void>) => void,
): Promise<PreparedKafka> {
  const topics = FLOW_LOGS.map(topicName);
  await refuseExisting(kafka, [...topics, checkpointTopic]);
  undo(() => remove(kafka, [...topics, checkpointTopic]));
  const passwords = { exporter: password(), reader: password() };
  await Promise.all([
    ...topics.map((topic) => kafka.createTopic(topic, partitions)),
    kafka.setScramUser(users.exporter, passwords.exporter),
    kafka.setScramUser(users.reader, passwords.reader),
    kafka.grant(
      users.exporter,
      ...topics.map((name) => ({ resource: 'topic', name, operations: exporterRights }) as const),
      { resource: 'topic', name: checkpointTopic, operations: checkpointRights },
      {
        resource: 'transactional-id',
        name: checkpointTopic,
        pattern: 'prefixed',
        operations: exporterRights,
      },
      { resource: 'group', name: checkpointTopic, operations: ['read'] },
    ),
    kafka.grant(
      users.reader,
      ...topics.map((name) => ({ resource: 'topic', name, operations: ['read'] }) as const),
      { resource: 'group', name: 'harness-', pattern: 'prefixed', operations: ['read'] },
    ),
  ]);
  return {
    exporter: { username: users.exporter, password: passwords.exporter },
    reader: {
      bootstrap: kafka.saslBootstrap,
      caPem: kafka.caPem,
      username: users.reader,
      password: passwords.reader,
    },
  };
}

const exporterRights = ['describe', 'write'] as const;
const checkpointRights = ['create', 'describe', 'read', 'write'] as const;

async function refuseExisting(kafka: KafkaHandle, topics: readonly string[]): Promise<void> {
  const there = new Set(await kafka.withAdmin((admin) => admin.listTopics()));
  const found = topics.find((topic) => there.has(topic));
  if (found === undefined) return;
  throw new HarnessError(
    `Kafka at ${kafka.bootstrap} already has the topic ${found}, and the quickstart would write generated records into it: set TEST_KAFKA_BOOTSTRAP to another Kafka, or unset it.`,
  );
}

async function remove(kafka: KafkaHandle, topics: readonly string[]): Promise<void> {
  for (const user of Object.values(users)) {
    await kafka.revokeAll(user);
    // Kafka refuses to remove a user that does not exist, for example after an early end of the quickstart.
    await kafka.removeScramUser(user).catch(() => undefined);
  }
  await kafka.withAdmin(async (admin) => {
    const there = new Set(await admin.listTopics());
    await admin.deleteTopics({ topics: topics.filter((topic) => there.has(topic)) });
  });
}

function password(): string {
  return randomBytes(12).toString('base64url');
}
