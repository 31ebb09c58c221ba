import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dump } from 'js-yaml';
import { CREDENTIAL_FILES } from '../../../src/exporter/contract/credential-files.ts';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import {
  type StatusReport,
  statusReportSchema,
} from '../../../src/exporter/contract/status-report.ts';
import { type Exporter, startExporter } from '../../../src/exporter/main.ts';
import type { ClickHouseData } from '../../harness/clickhouse/clickhouse-data.ts';
import { type KafkaAcl, kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import type { KafkaData } from '../../harness/kafka/kafka-data.ts';
import { readTopic, type TopicReader } from '../../harness/kafka/topic-reader.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { until } from '../../lib/until.ts';

/** Credential files by what they hold. */
type CredentialContents = Partial<Record<keyof typeof CREDENTIAL_FILES, string>>;

/** A place of its own in a shared Kafka: a user, a topic, a checkpoint topic, files. */
export interface Place {
  readonly user: { readonly username: string; readonly password: string };
  /** Prefix of the topics, with the data source as the rest. */
  readonly prefix: string;
  readonly checkpointTopic: string;
  readonly rights: ReturnType<typeof rightsIn>;
  readonly configPath: string;
  readonly credentialsDirectory: string;
  writeConfig(config: ExporterConfig): Promise<void>;
  writeCredentials(contents: CredentialContents): Promise<void>;
  remove(): Promise<void>;
}

/** Users by the Kafka that has them: to make one takes seconds, and ACLs keep places apart. */
const sharedUsers = new Map<string, Promise<Place['user']>>();

/** Whose topics a place has: a user that places share, one of its own, or the one that is there from the start. */
export type PlaceUser = 'shared user' | 'own user' | 'plain user';

/**
 * Makes a place with all credentials right and a SCRAM user that may use its topics: an own one for tests
 * that change the user's password or rights. The plain user logs in with PLAIN, which every Kafka knows.
 */
export async function createPlace(
  kafka: KafkaData,
  clickHouse: ClickHouseData,
  users: PlaceUser = 'shared user',
): Promise<Place> {
  const admin = kafkaFrom(kafka);
  const id = randomUUID().slice(0, 8);
  const user = await userOf(kafka, users, id);
  const prefix = `place-${id}.`;
  const checkpointTopic = `${prefix}checkpoints`;
  const rights = rightsIn(prefix, checkpointTopic);
  await admin.grant(user.username, ...Object.values(rights));
  const directory = await mkdtemp(path.join(tmpdir(), 'exporter-'));
  const credentialsDirectory = path.join(directory, 'credentials');
  await mkdir(credentialsDirectory);
  const writeCredentials = async (contents: CredentialContents): Promise<void> => {
    for (const [name, file] of Object.entries(CREDENTIAL_FILES)) {
      const content = Object.entries(contents).find(([key]) => key === name)?.[1];
      if (content !== undefined) await writeFile(path.join(credentialsDirectory, file), content);
    }
  };
  await writeCredentials({
    revision: '1',
    saslUsername: user.username,
    saslPassword: user.password,
    kafkaCa: kafka.caPem,
    clickHouseUsername: clickHouse.username,
    clickHousePassword: clickHouse.password,
  });
  const configPath = path.join(directory, 'config.yaml');
  return {
    user,
    prefix,
    checkpointTopic,
    rights,
    configPath,
    credentialsDirectory,
    writeConfig: (config) => writeFile(configPath, dump(config)),
    writeCredentials,
    remove: () => rm(directory, { recursive: true }),
  };
}

/** What an exporter's user may do, as docs/delivery.md asks for it. */
function rightsIn(prefix: string, checkpointTopic: string) {
  const writing = { pattern: 'prefixed', name: prefix, operations: ['describe', 'write'] } as const;
  return {
    records: { resource: 'topic', ...writing },
    checkpoints: {
      resource: 'topic',
      name: checkpointTopic,
      operations: ['create', 'describe-configs', 'read'],
    },
    transactions: { resource: 'transactional-id', ...writing },
    group: { resource: 'group', name: checkpointTopic, operations: ['read'] },
  } as const satisfies Record<string, KafkaAcl>;
}

function userOf(kafka: KafkaData, users: PlaceUser, id: string): Promise<Place['user']> {
  switch (users) {
    case 'own user':
      return createUser(kafka, `own-${id}`);
    case 'plain user':
      return Promise.resolve(kafka.plainUser);
    case 'shared user': {
      const shared = sharedUsers.get(kafka.bootstrap) ?? createUser(kafka, id);
      sharedUsers.set(kafka.bootstrap, shared);
      return shared;
    }
  }
}

async function createUser(kafka: KafkaData, id: string): Promise<Place['user']> {
  const user = { username: `exporter-${id}`, password: `secret-${id}` };
  await kafkaFrom(kafka).setScramUser(user.username, user.password);
  return user;
}

/**
 * Rows that end now may have waited for so long when they are in the table: on a busy machine an insert takes seconds. An
 * exporter with less would rightly leave them out.
 */
const LATENESS_SECONDS = 20;

/** A configuration for a place, over SASL_SSL with SCRAM-SHA-512. */
export function configFor(
  place: Place,
  parts: { readonly kafka: KafkaData; readonly clickHouse: ClickHouseData },
  change: Parameters<typeof exporterConfig>[0] = {},
): ExporterConfig {
  return exporterConfig({
    clickHouse: {
      url: parts.clickHouse.url,
      authenticated: true,
      settleSeconds: 1,
      latenessSeconds: LATENESS_SECONDS,
      startFrom: 'Earliest',
      ...change.clickHouse,
    },
    kafka: {
      endpoints: parts.kafka.saslBootstrap.split(','),
      sasl: { mechanism: 'SCRAM-SHA-512' },
      tls: { privateCa: true, clientCertificate: false, insecureSkipVerify: false },
      compression: 'zstd',
      checkpointTopic: place.checkpointTopic,
      ...change.kafka,
    },
    other: { topic: `${place.prefix}{dataSource}`, batchSize: 500, ...change.other },
  });
}

/** A running exporter and what it says of itself. */
export interface RunningExporter {
  readonly exporter: Exporter;
  status(): Promise<StatusReport>;
  /** The status once it is as wanted. @throws after `deadlineMs`, or two minutes, with the last status. */
  until(isWanted: (status: StatusReport) => boolean, deadlineMs?: number): Promise<StatusReport>;
}

/** Starts an exporter in this process with these variables, which may be stopped more than once. */
export async function runExporter(
  place: Place,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningExporter> {
  const started = await startExporter({
    configPath: place.configPath,
    credentialsDirectory: place.credentialsDirectory,
    port: 0,
    logger: silentLogger,
    environment,
  });
  let stopped: Promise<void> | undefined;
  const exporter = { ...started, stop: () => (stopped ??= started.stop()) };
  const status = (): Promise<StatusReport> => statusOf(exporter.port);
  return {
    exporter,
    status,
    until: (isWanted, deadlineMs) => untilStatus(status, isWanted, deadlineMs),
  };
}

/** What an exporter on a port of this machine says of itself. */
export async function statusOf(port: number): Promise<StatusReport> {
  const response = await fetch(`http://127.0.0.1:${port}/status`);
  return statusReportSchema.parse(await response.json());
}

/**
 * A broker that was killed is a JVM that starts, reads its log and loads its coordinators, and then the exporter opens all its
 * shards anew: a minute on a busy machine.
 */
const STATUS_DEADLINE_MS = 120_000;

/** Asks until the status is as wanted. @throws after `deadlineMs`, or two minutes, with the last status. */
export async function untilStatus(
  status: () => Promise<StatusReport>,
  isWanted: (status: StatusReport) => boolean,
  deadlineMs = STATUS_DEADLINE_MS,
): Promise<StatusReport> {
  // An exporter that is about to end, or to begin, may have no answer.
  const ask = (): Promise<StatusReport | undefined> => status().catch(() => undefined);
  return until('the status', ask, {
    isWanted: (found) => found !== undefined && isWanted(found),
    deadlineMs,
  });
}

const RECORDS_DEADLINE_MS = 120_000;

/**
 * The messages of a place's topic of a data source, as a super user reads them, once there are so many; more show that some
 * came twice. @throws when fewer come.
 */
export async function readRecords(
  place: Place,
  kafka: KafkaData,
  { dataSource, count }: { readonly dataSource: string; readonly count: number },
): Promise<Pick<TopicReader, 'values' | 'timestamps' | 'places'>> {
  const brokers = kafka.bootstrap.split(',');
  const reader = await readTopic({ clientId: 'test', brokers }, `${place.prefix}${dataSource}`);
  try {
    await reader.waitUntil(() => reader.values.length >= count, RECORDS_DEADLINE_MS);
    return reader;
  } finally {
    await reader.stop();
  }
}
