import kafkajs, { type Producer, type ProducerConfig } from 'kafkajs';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { EncodedBatch } from '../../../../src/exporter/encode/encoded-batch.ts';
import { noFaults } from '../../../../src/exporter/encode/values/value-faults.ts';
import { createKafkaConnection } from '../../../../src/exporter/kafka/session/kafka-connection.ts';
import { kafkaProblem } from '../../../../src/exporter/kafka/errors/kafka-problem.ts';
import { openKafkaSession } from '../../../../src/exporter/kafka/session/kafka-session.ts';
import { KafkaProducer } from '../../../../src/exporter/kafka/produce/kafka-producer.ts';
import { shardOwner } from '../../../../src/exporter/kafka/produce/producer-owner.ts';
import { TransactionSize } from '../../../../src/exporter/producer/transaction-size.ts';
import { progressRecords } from '../../../../src/exporter/progress/progress-message.ts';
import { createHealthBoard } from '../../../../src/exporter/status/health-board.ts';
import { createExporterMetrics } from '../../../../src/exporter/status/metrics.ts';
import { BufferPool } from '../../../../src/lib/buffer-pool.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { until } from '../../../lib/until.ts';
import { exporterConfig } from '../../exporter-config.ts';
import { noCredentials } from '../../no-credentials.ts';
import { type ScriptedCluster, startScriptedCluster } from '../scripted/scripted-cluster.ts';
import type { Script } from '../scripted/cluster-script.ts';

/** The login that brokers with SASL accept. */
export const LOGIN = { username: 'user', password: 'secret' };

/** A scripted cluster that ends with the test. */
export async function cluster(
  leaders: Record<string, number[]>,
  script: Script = {},
): Promise<ScriptedCluster> {
  const started = await startScriptedCluster(leaders, script);
  onTestFinished(() => started.close());
  return started;
}

/** kafkajs's producer, as applications use it. */
export async function kafkajsProducer(
  { endpoints }: ScriptedCluster,
  config: ProducerConfig,
  { sasl, requestTimeout }: { sasl?: typeof LOGIN; requestTimeout?: number } = {},
): Promise<Producer> {
  const kafka = new kafkajs.Kafka({
    brokers: [...endpoints],
    logLevel: kafkajs.logLevel.NOTHING,
    // Five is kafkajs's default. While NODE_ENV is test, its default differs.
    retry: { initialRetryTime: 10, retries: 5 },
    ...(requestTimeout === undefined ? {} : { requestTimeout }),
    ...(sasl === undefined ? {} : { sasl: { mechanism: 'plain', ...sasl } }),
  });
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    ...config,
  });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}

/** The exporter's producer of a shard. */
export async function shardProducer(
  { endpoints }: ScriptedCluster,
  guarantee: 'ExactlyOnce' | 'AtLeastOnce',
  sasl?: typeof LOGIN,
): Promise<{ readonly producer: KafkaProducer; readonly open: () => Promise<boolean> }> {
  const config = exporterConfig({
    kafka: {
      endpoints: [...endpoints],
      ...(sasl === undefined ? {} : { sasl: { mechanism: 'PLAIN' } }),
    },
    other: { delivery: { guarantee, shards: 1 } },
  });
  const ended = new AbortController();
  const base = { clock: systemClock, random: Math.random, logger: silentLogger };
  const health = createHealthBoard(systemClock, silentLogger);
  const credentials = {
    ...noCredentials,
    saslUsername: sasl?.username,
    saslPassword: sasl?.password,
  };
  const connection = createKafkaConnection(
    {
      ...base,
      health,
      credentials: { current: () => credentials, onChange: () => () => undefined },
      open: (wanted) => openKafkaSession(base, config.kafka, wanted),
      describe: (failure) => kafkaProblem(failure, config.kafka),
    },
    ended.signal,
  );
  onTestFinished(async () => {
    ended.abort();
    await connection.close();
  });
  const metrics = createExporterMetrics(new Registry());
  const memory = new BufferPool(1_000_000);
  const size = new TransactionSize(systemClock);
  const deps = { ...base, health, metrics, connection, memory, size, giveUp: ended.signal };
  const producer = new KafkaProducer(deps, config, shardOwner(config, 0));
  const open = (): Promise<boolean> => producer.open(ended.signal);
  await open();
  return { producer, open };
}

/** A batch of one record, whose value names it. */
export function batch(
  name: string,
  dataSource: EncodedBatch['dataSource'] = 'flow_log.l7_flow_log',
): EncodedBatch {
  const section = progressRecords([{ kind: 'opened', marker: name }], 1);
  return { ...section, dataSource, faults: noFaults() };
}

/** The same for kafkajs. */
export function message(name: string): { readonly value: string } {
  return { value: name };
}

/** The names of the stored records. A record that is stored twice is listed twice. */
export function names({ stored }: ScriptedCluster): readonly string[] {
  return stored
    .flatMap(({ values }) => values)
    .flatMap((value) => /row-\d+/.exec(value)?.[0] ?? [])
    .toSorted();
}

/** Resolves when a row is stored. */
export async function untilStored(
  { stored }: Pick<ScriptedCluster, 'stored'>,
  name: string,
): Promise<void> {
  await until(name, () => stored.some(({ values }) => values.join().includes(name)));
}
