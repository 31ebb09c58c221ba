import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { connectedBrokers, msUntilRecycle, reachBrokers } from './broker-connections.ts';
import {
  createCluster,
  METADATA_MAX_AGE_MS,
  type OnAnswer,
  REQUEST_TIMEOUT_MS,
  SILENT,
} from './cluster.ts';
import { createGroupRequests, type GroupRequests } from '../requests/group-requests.ts';
import { kafkaFailure, produceFailure } from '../errors/kafka-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { failureOf, KafkaSessionError } from '../errors/kafka-session-error.ts';
import {
  type OutgoingBatch,
  produceRequest,
  type TopicPartition,
} from '../requests/produce-request.ts';
import { readPartition, type StoredMessage } from '../requests/read-partition.ts';
import { saslLogin } from './sasl-login.ts';
import { createTransactions, type Transactions } from '../requests/transactions.ts';

/** Connections to a Kafka cluster, all authenticated with the same credentials. */
export interface KafkaSession {
  /** Revision of the credentials in use. */
  readonly revision: number | undefined;
  /** How many partitions a topic has. @throws KafkaSessionError when it is missing or not readable. */
  partitionCount(topic: string): Promise<number>;
  /** Sends one record batch and waits for all in-sync replicas; answers undefined when it is stored. */
  produce(
    target: TopicPartition,
    batch: OutgoingBatch,
    transactionalId?: string,
  ): Promise<KafkaFailure | undefined>;
  readonly transactions: Transactions;
  readonly group: GroupRequests;
  /**
   * The committed messages of a partition, oldest first, up to the one that `isLast` tells, for which it waits; without
   * it, up to the end that the leader knows now. @throws KafkaSessionError.
   */
  readPartition(
    target: TopicPartition,
    isLast?: (message: StoredMessage) => boolean,
  ): Promise<readonly StoredMessage[]>;
  /** Creates a compacted topic. @throws KafkaSessionError. */
  createCompactedTopic(topic: string, partitions: number): Promise<void>;
  /** Adds partitions to a topic, until there are so many. @throws KafkaSessionError. */
  addPartitions(topic: string, count: number): Promise<void>;
  /** Closes all connections once the requests under way are answered. */
  close(): Promise<void>;
}

/** A session, with what decides when another one takes its place. */
export interface RecycledSession extends KafkaSession {
  /** Ids of the brokers in use: those that have an authenticated connection. */
  connectedBrokers(): readonly number[];
  /** Connects and authenticates to these brokers as well. @throws KafkaSessionError when one refuses. */
  reach(brokers: readonly number[]): Promise<void>;
  /** Milliseconds until the session should be replaced, by the lifetime of its logins; infinity: never. */
  msUntilRecycle(): number;
}

/** Broker default: -1 lets the cluster choose (KIP-464, Kafka 2.4 and later). */
const DEFAULT_REPLICATION = -1;
/** Small segments, so that compaction keeps what a start has to read to minutes of checkpoints. */
const CHECKPOINT_TOPIC_CONFIG = [
  { name: 'cleanup.policy', value: 'compact' },
  { name: 'segment.ms', value: '600000' },
  { name: 'min.cleanable.dirty.ratio', value: '0.1' },
];
const NO_ENDPOINT: KafkaFailure = { reason: 'BrokerUnreachable', detail: 'no endpoint' };
const NO_PARTITIONS: KafkaFailure = { reason: 'TopicMissing', detail: 'no partitions' };

/**
 * Opens a session: connects to the first endpoint that answers and authenticates.
 *
 * @throws KafkaSessionError with the failure's reason.
 */
export async function openKafkaSession(
  deps: { readonly clock: Clock; readonly logger: Logger; readonly onAnswer?: OnAnswer },
  config: ExporterConfig['kafka'],
  credentials: Credentials,
): Promise<RecycledSession> {
  const { endpoints } = config;
  let failed: KafkaSessionError | undefined;
  const login = saslLogin(deps.clock, config.sasl, credentials);
  await login.prepare().catch((error: unknown) => {
    throw sessionError('log in', error);
  });
  for (const first of endpoints.keys()) {
    // Without retries of its own, kafkajs tries the first endpoint alone.
    const inTurn = [...endpoints.slice(first), ...endpoints.slice(0, first)];
    const cluster = createCluster({ ...config, endpoints: inTurn }, credentials, {
      login,
      onAnswer: deps.onAnswer,
    });
    try {
      await cluster.connect();
      await cluster.refreshMetadata();
      return new ClusterSession(deps, cluster, credentials.revision);
    } catch (error) {
      void cluster.disconnect().catch(() => undefined);
      failed = sessionError('connect', error);
      // What one broker refuses, the others refuse as well.
      if (failed.failure.reason !== 'BrokerUnreachable') break;
    }
  }
  throw failed ?? new KafkaSessionError('connect', NO_ENDPOINT);
}

class ClusterSession implements RecycledSession {
  readonly revision: number | undefined;
  readonly transactions: Transactions;
  readonly group: GroupRequests;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #cluster: Cluster;
  readonly #leaders = new Map<
    string,
    { readonly byPartition: readonly number[]; readonly atMs: number }
  >();

  constructor(
    deps: { readonly clock: Clock; readonly logger: Logger },
    cluster: Cluster,
    revision: number | undefined,
  ) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#cluster = cluster;
    this.revision = revision;
    this.transactions = createTransactions(cluster);
    this.group = createGroupRequests(cluster, SILENT);
  }

  async partitionCount(topic: string): Promise<number> {
    return (await this.#leadersOf(topic)).length;
  }

  async produce(
    target: TopicPartition,
    batch: OutgoingBatch,
    transactionalId?: string,
  ): Promise<KafkaFailure | undefined> {
    try {
      const broker = await this.#leader(target);
      const request = produceRequest(target, batch, {
        timeoutMs: REQUEST_TIMEOUT_MS,
        transactionalId,
      });
      const { errorCode } = await broker.connectionPool.send(request);
      if (errorCode === 0) return undefined;
      this.#leaders.delete(target.topic);
      return produceFailure(errorCode);
    } catch (error) {
      this.#leaders.delete(target.topic);
      const failure = failureOf(error);
      if (failure.reason === 'BrokerUnreachable') {
        this.#cluster.refreshMetadata().catch(() => undefined);
      }
      return failure;
    }
  }

  async readPartition(
    target: TopicPartition,
    isLast?: (message: StoredMessage) => boolean,
  ): Promise<readonly StoredMessage[]> {
    try {
      return await readPartition(this.#clock, await this.#leader(target), { target, isLast });
    } catch (error) {
      this.#leaders.delete(target.topic);
      throw sessionError(`read ${target.topic}`, error);
    }
  }

  async createCompactedTopic(topic: string, partitions: number): Promise<void> {
    try {
      const controller = await this.#cluster.findControllerBroker();
      await controller.createTopics({
        topics: [
          {
            topic,
            numPartitions: partitions,
            replicationFactor: DEFAULT_REPLICATION,
            configEntries: CHECKPOINT_TOPIC_CONFIG,
          },
        ],
        timeout: REQUEST_TIMEOUT_MS,
      });
      this.#logger.info({ topic }, 'topic created');
    } catch (error) {
      throw sessionError(`create topic ${topic}`, error);
    }
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    try {
      const controller = await this.#cluster.findControllerBroker();
      await controller.createPartitions({
        topicPartitions: [{ topic, count }],
        timeout: REQUEST_TIMEOUT_MS,
      });
      this.#leaders.delete(topic);
      this.#logger.info({ topic, partitions: count }, 'partitions added');
    } catch (error) {
      throw sessionError(`add partitions to ${topic}`, error);
    }
  }

  connectedBrokers(): readonly number[] {
    return connectedBrokers(this.#cluster);
  }

  async reach(brokers: readonly number[]): Promise<void> {
    try {
      await reachBrokers(this.#cluster, brokers);
    } catch (error) {
      throw sessionError('connect', error);
    }
  }

  msUntilRecycle(): number {
    return msUntilRecycle(this.#cluster);
  }

  async close(): Promise<void> {
    await Promise.all([this.group.close(), this.#cluster.disconnect()]);
  }

  async #leader({ topic, partition }: TopicPartition): Promise<Broker> {
    const leader = (await this.#leadersOf(topic))[partition];
    if (leader === undefined || leader < 0) {
      this.#leaders.delete(topic);
      throw new KafkaSessionError(`find the leader of ${topic}-${partition}`, {
        reason: 'BrokerUnreachable',
        detail: 'LEADER_NOT_AVAILABLE',
      });
    }
    return this.#cluster.findBroker({ nodeId: leader });
  }

  async #leadersOf(topic: string): Promise<readonly number[]> {
    const known = this.#leaders.get(topic);
    if (known !== undefined && this.#clock.monotonicMs() - known.atMs < METADATA_MAX_AGE_MS) {
      return known.byPartition;
    }
    const operation = `metadata of ${topic}`;
    try {
      const broker = await this.#cluster.brokerPool.findConnectedBroker();
      const { topicMetadata } = await broker.metadata([topic]);
      const byPartition: number[] = [];
      for (const { partitionId, leader } of topicMetadata[0]?.partitionMetadata ?? []) {
        byPartition[partitionId] = leader;
      }
      if (byPartition.length === 0) throw new KafkaSessionError(operation, NO_PARTITIONS);
      this.#leaders.set(topic, { byPartition, atMs: this.#clock.monotonicMs() });
      return byPartition;
    } catch (error) {
      throw sessionError(operation, error);
    }
  }
}

function sessionError(operation: string, error: unknown): KafkaSessionError {
  if (error instanceof KafkaSessionError) return error;
  return new KafkaSessionError(operation, kafkaFailure(error), error);
}
