import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { exporterConfig, pushConfig } from '../exporter/exporter-config.ts';
import { tableNamed } from '../harness/generator/tables.ts';
import { createCredentialDirectory, type CredentialContents } from './credential-directory.ts';
import { untilDone } from '../lib/until.ts';
import { createExporters, type Exporters, type ExporterStart } from './exporters.ts';
import type { Parts } from './parts.ts';
import { type DeliveryPromise, exportedAge } from './promise.ts';
import { PUSHED } from './pushes.ts';
import { STREAMED } from './rows.ts';
import { TOPIC_PREFIX } from './user.ts';

/** Everything that a schedule's faults can break: the lasting parts, and what is made for the schedule alone. */
export interface World extends Parts {
  readonly exporters: Exporters;
  readonly checkpointTopic: string;
  /** Rows of this time and later are exported, in milliseconds since the Unix epoch. */
  readonly startFromMs: number;
  readonly topicOf: (dataSource: DataSource) => string;
  /** The topic of pushed rows. */
  readonly pushTopic: string;
  /** Makes the topic of a data source. */
  readonly createTopic: (dataSource: DataSource) => Promise<void>;
  /** When the topic of a data source was made anew, in milliseconds since the Unix epoch. */
  readonly madeAnewAt: Map<DataSource, number>;
  /** Swaps the password in the exporters' files, and leaves Kafka as it is. */
  readonly writePassword: (password: string) => Promise<void>;
}

const PARTITIONS = 4;
const SHARDS = 4;
/** A record is stored when two brokers have it: one may be lost. */
const TOPIC_CONFIG = { 'min.insync.replicas': '2' } as const;

/** Makes topics, files and exporters of a schedule's own, and empties the tables. No exporter runs yet. */
export async function createWorld(
  parts: Parts,
  promise: DeliveryPromise,
  { seed, addresses }: { readonly seed: number; readonly addresses: number },
): Promise<World> {
  const { clickHouse, kafka, run, user } = parts;
  for (const dataSource of STREAMED) {
    await clickHouse.query(`TRUNCATE TABLE ${tableNamed(dataSource).quotedName}`);
  }
  const schedule = `${seed}-${randomUUID().slice(0, 8)}`;
  const prefix = `${TOPIC_PREFIX}${schedule}.`;
  const checkpointTopic = `${prefix}checkpoints`;
  const topicOf = (dataSource: DataSource): string => `${prefix}${dataSource}`;
  const createTopic = (dataSource: DataSource): Promise<void> =>
    kafka.createTopic(topicOf(dataSource), PARTITIONS, TOPIC_CONFIG);
  const pushTopic = `${prefix}pushed.${PUSHED}`;
  // A broker of the schedule before may have taken connections before it takes replicas.
  for (const dataSource of STREAMED) await untilDone('a topic', () => createTopic(dataSource));
  await untilDone('a topic', () => kafka.createTopic(pushTopic, PARTITIONS, TOPIC_CONFIG));
  const folder = path.join(run.folder, schedule);
  await mkdir(folder);
  const contents = (password: string): CredentialContents => ({
    saslUsername: user.username,
    saslPassword: password,
    kafkaCa: kafka.caPem,
    clickHouseUsername: clickHouse.username,
    clickHousePassword: clickHouse.password,
  });
  const credentials = await createCredentialDirectory(
    path.join(folder, 'credentials'),
    contents(user.password()),
  );
  // A whole second, as exporters take it.
  const startFromMs = Math.floor(Date.now() / 1000 - exportedAge(promise)) * 1000;
  const urls = parts.addresses.slice(0, addresses).map(({ url }) => url);
  const own = { prefix, checkpointTopic, startFromMs, urls };
  return {
    ...parts,
    exporters: createExporters(run, {
      schedule,
      folder,
      configuration: (start, pushPort) => configuration(parts, promise, own, start, pushPort),
      credentialsDirectory: credentials.path,
    }),
    checkpointTopic,
    startFromMs,
    topicOf,
    pushTopic,
    createTopic,
    madeAnewAt: new Map(),
    writePassword: (password) => credentials.replace(contents(password)),
  };
}

/** The topics of records and of checkpoints. */
export function topicsOfExporters(
  world: Pick<World, 'topicOf' | 'pushTopic' | 'checkpointTopic'>,
): readonly string[] {
  const records = STREAMED.map((dataSource) => world.topicOf(dataSource));
  return [...records, world.pushTopic, world.checkpointTopic];
}

function configuration(
  parts: Parts,
  promise: DeliveryPromise,
  own: Pick<World, 'checkpointTopic' | 'startFromMs'> & {
    readonly prefix: string;
    readonly urls: readonly string[];
  },
  { kind, owner }: ExporterStart,
  pushPort: number,
): object {
  const { guarantee, settleSeconds, latenessSeconds } = promise;
  const [url = '', ...replicaUrls] = own.urls;
  const config = exporterConfig({
    clickHouse: {
      url,
      replicaUrls,
      authenticated: true,
      settleSeconds,
      latenessSeconds: latenessSeconds ?? 0,
      startFrom: new Date(own.startFromMs).toISOString(),
    },
    kafka: {
      endpoints: [...parts.endpoints],
      sasl: { mechanism: 'SCRAM-SHA-512' },
      tls: { privateCa: true, clientCertificate: false, insecureSkipVerify: false },
      compression: 'lz4',
      checkpointTopic: own.checkpointTopic,
    },
    other: {
      resource: `faults/${own.prefix}`,
      owner: { uid: owner, installation: '' },
      dataSources: [...STREAMED],
      topic: `${own.prefix}{dataSource}`,
      delivery: { guarantee, shards: SHARDS },
      batchSize: 60,
    },
  });
  if (kind === 'reading') return config;
  const pushed = {
    ...config,
    dataSources: [PUSHED],
    topic: `${own.prefix}pushed.{dataSource}`,
    kafka: { ...config.kafka, checkpointTopic: `${own.prefix}pushed.checkpoints` },
  };
  return pushConfig(pushed, { port: pushPort });
}
