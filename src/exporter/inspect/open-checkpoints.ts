import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { FRESH_MEMORY } from '../../lib/buffer-pool.ts';
import { systemClock } from '../../lib/clock.ts';
import { proxyEnvironment } from '../../lib/net/proxy-environment.ts';
import { quietLogger } from '../../lib/quiet-logger.ts';
import { trustExtraAuthorities } from '../config/extra-authorities.ts';
import { watchCredentials } from '../config/credential-store.ts';
import type { ExporterConfig, ReadingConfig } from '../contract/exporter-config.ts';
import {
  createKafkaConnection,
  type KafkaConnection,
  type KafkaConnectionDeps,
} from '../kafka/session/kafka-connection.ts';
import { kafkaProblem } from '../kafka/errors/kafka-problem.ts';
import { openKafkaSession } from '../kafka/session/kafka-session.ts';
import { failureOf } from '../kafka/errors/kafka-session-error.ts';
import { createProgressStore } from '../kafka/checkpoint/progress-store.ts';
import { KafkaProducer } from '../kafka/produce/kafka-producer.ts';
import { shardOwner } from '../kafka/produce/producer-owner.ts';
import { createClickHouseAddresses } from '../source/clickhouse/addresses/clickhouse-addresses.ts';
import { createClickHouseSource } from '../source/clickhouse/rows/clickhouse-source.ts';
import { createExporterMetrics } from '../status/metrics.ts';
import { type Progress, progressOf } from '../progress/exporter-progress.ts';
import { resetShards, type ResetTargets } from './reset-shards.ts';
import { createStrictBoard } from './strict-board.ts';
import { useAcceptedCandidate } from './use-accepted-candidate.ts';
import { TransactionSize } from '../producer/transaction-size.ts';

/**
 * The progress of an exporter, which may run at the same time. Errors have messages for the user.
 */
export interface Checkpoints {
  read(): Promise<Progress>;
  /**
   * The time of the oldest row of a data source in ClickHouse, in seconds. The current time when
   * there is no row.
   */
  earliest(dataSource: DataSource): Promise<number>;
  /**
   * Moves all shards to other seconds, and calls `onShard` for each. Returns the progress before
   * the reset.
   *
   * @param shards The number of shards, from `read`.
   */
  reset(shards: number, targets: ResetTargets, onShard: (shard: number) => void): Promise<Progress>;
  close(): Promise<void>;
}

/** How long to wait without a success. It is longer than brokers need to elect another leader. */
const PATIENCE_MS = 30_000;
const CLICKHOUSE_TIMEOUT_MS = 60_000;

/** Opens the progress of the exporter with this configuration and these credential files. */
export async function openCheckpoints(
  config: ReadingConfig,
  access: {
    readonly credentialsDirectory: string;
    readonly random: () => number;
    /** The variables of the process, which may name proxies. */
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Checkpoints> {
  const { clickHouse, dataSources, resource } = config;
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const proxy = proxyEnvironment(access.environment);
  const base = { clock: systemClock, random: access.random, logger: quietLogger, proxy };
  const credentials = await watchCredentials(base, access.credentialsDirectory, signal);
  trustExtraAuthorities(credentials);
  await useAcceptedCandidate(base, config, credentials);
  const health = createStrictBoard(giveUp);
  const connection = connect({ ...base, credentials, health }, config, signal);
  const metrics = createExporterMetrics(new Registry());
  const memory = FRESH_MEMORY;
  const size = new TransactionSize(systemClock);
  const deps = { ...base, health, connection, metrics, memory, size, giveUp: signal };
  const store = createProgressStore(deps, config);
  const addresses = createClickHouseAddresses(
    base,
    { ...clickHouse, resource, requestTimeoutMs: CLICKHOUSE_TIMEOUT_MS },
    () => credentials.current(),
  );
  void addresses.watch(signal);
  const source = createClickHouseSource(clickHouse, addresses);
  const patience = createPatience(() => {
    giveUp.abort(new Error(health.lastProblem() ?? 'Kafka did not answer in time: try again'));
  });
  const readAll = async (): Promise<Progress> => {
    const count = await partitionCount(connection, config, signal);
    const shards = Array.from({ length: count }, (_, shard) => shard);
    const read = shards.map((shard) => store.read(shard, undefined, signal));
    const partitions = await Promise.all(read);
    signal.throwIfAborted();
    return progressOf(
      partitions.map((messages) => messages ?? []),
      dataSources,
    );
  };
  const reset: Checkpoints['reset'] = async (shards, targets, onShard) => {
    const resetDeps = {
      ...base,
      producerOf: (shard: number) => new KafkaProducer(deps, config, shardOwner(config, shard)),
      read: (shard: number, marker: string) => store.read(shard, marker, signal),
      newMarker: randomUUID,
      onShard: (shard: number) => {
        patience.renew();
        onShard(shard);
      },
    };
    return progressOf(await resetShards(resetDeps, { shards, targets }, signal), dataSources);
  };
  return {
    read: () => patience.during(readAll),
    earliest: async (dataSource) =>
      (await source.earliest(dataSource)) ?? Math.floor(systemClock.now() / 1000),
    reset: (shards, targets, onShard) => patience.during(() => reset(shards, targets, onShard)),
    close: async () => {
      giveUp.abort();
      await connection.close();
    },
  };
}

function connect(
  deps: Omit<KafkaConnectionDeps, 'open' | 'describe'>,
  { kafka }: ExporterConfig,
  signal: AbortSignal,
): KafkaConnection {
  return createKafkaConnection(
    {
      ...deps,
      open: (credentials) => openKafkaSession(deps, kafka, credentials),
      describe: (failure) => kafkaProblem(failure, kafka),
    },
    signal,
  );
}

/**
 * The number of partitions of the checkpoint topic. A missing topic is not created here, since it
 * would be empty.
 */
async function partitionCount(
  connection: KafkaConnection,
  { kafka }: ExporterConfig,
  signal: AbortSignal,
): Promise<number> {
  const session = await connection.session(signal);
  signal.throwIfAborted();
  try {
    return (await session?.partitionCount(kafka.checkpointTopic)) ?? 0;
  } catch (error) {
    const failure = failureOf(error);
    const { message } = kafkaProblem(failure, kafka, kafka.checkpointTopic);
    const isMissing = failure.reason === 'TopicMissing';
    throw new Error(isMissing ? notThere(kafka.checkpointTopic) : message, { cause: error });
  }
}

function notThere(topic: string): string {
  return `the checkpoint topic ${topic} does not exist: the exporter creates it at its first start, so nothing was exported yet`;
}

/** A deadline that starts again with every step. */
function createPatience(onEnd: () => void): {
  renew(): void;
  during<T>(work: () => Promise<T>): Promise<T>;
} {
  let cancel = (): void => undefined;
  const renew = (): void => {
    cancel();
    cancel = systemClock.after(PATIENCE_MS, onEnd);
  };
  return {
    renew,
    during: async (work) => {
      renew();
      try {
        return await work();
      } finally {
        cancel();
      }
    },
  };
}
