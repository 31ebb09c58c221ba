import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { connectedBrokers, msUntilRecycle, reachBrokers } from './broker-connections.ts';
import { type OnAnswer, REQUEST_TIMEOUT_MS, SILENT } from './cluster.ts';
import { connectCluster } from './connect-cluster.ts';
import { createGroupRequests, type GroupRequests } from '../requests/group-requests.ts';
import { brokerFailure, isPassing } from '../errors/kafka-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { failureOf, sessionError } from '../errors/kafka-session-error.ts';
import {
  type OutgoingBatch,
  produceRequest,
  type TopicPartition,
} from '../requests/produce-request.ts';
import { readPartition, type StoredMessage } from '../requests/read-partition.ts';
import { createRightsProbes, type RightsProbes } from '../requests/rights-probes.ts';
import type { LoginDeps } from './sasl-login.ts';
import { TopicAdmin } from './topic-admin.ts';
import { TopicLeaders } from './topic-leaders.ts';
import { createTransactions, type Transactions } from '../requests/transactions.ts';
import { TRANSACTION_TIMEOUT_MS } from '../../producer/transaction-times.ts';

/** What a session needs. */
export interface SessionDeps extends LoginDeps {
  readonly logger: Logger;
  readonly onAnswer?: OnAnswer;
  /** Called when a broker asks the exporter to send nothing for some milliseconds (KIP-219). */
  readonly onThrottle?: (ms: number) => void;
}

/** Connections to a Kafka cluster, all authenticated with the same credentials. */
export interface KafkaSession {
  /** The revision of the credentials that the session uses. */
  readonly revision: number | undefined;
  /**
   * How many partitions a topic has. @throws KafkaSessionError when the topic is missing or cannot
   * be read.
   */
  partitionCount(topic: string): Promise<number>;
  /**
   * Sends one record batch and waits for all in-sync replicas. Returns undefined when the batch is
   * stored.
   */
  produce(
    target: TopicPartition,
    batch: OutgoingBatch,
    transactionalId?: string,
  ): Promise<KafkaFailure | undefined>;
  readonly transactions: Transactions;
  readonly group: GroupRequests;
  /**
   * The committed messages of a partition, oldest first. It reads up to the message for which
   * `isLast` is true, and waits for that message. Without `isLast`, it reads up to the end that the
   * leader knows now. @throws KafkaSessionError.
   */
  readPartition(
    target: TopicPartition,
    isLast?: (message: StoredMessage) => boolean,
  ): Promise<readonly StoredMessage[]>;
  /** Creates a compacted topic. Returns false when another client was faster. @throws KafkaSessionError. */
  createCompactedTopic(topic: string, partitions: number): Promise<boolean>;
  /** The cleanup.policy of a topic, such as `compact,delete`. @throws KafkaSessionError. */
  cleanupPolicy(topic: string): Promise<string>;
  /** Adds partitions to a topic until it has `count` partitions. @throws KafkaSessionError. */
  addPartitions(topic: string, count: number): Promise<void>;
  /** Closes all connections once the open requests are answered. */
  close(): Promise<void>;
}

/** A session with what decides when it is replaced, and by which credentials. */
export interface RecycledSession extends KafkaSession {
  readonly rights: RightsProbes;
  /** The ids of the brokers to which the session has an authenticated connection. */
  connectedBrokers(): readonly number[];
  /** Connects and authenticates to these brokers as well. @throws KafkaSessionError when one refuses. */
  reach(brokers: readonly number[]): Promise<void>;
  /**
   * Milliseconds until the session should be replaced, by the lifetime of its logins. Infinity:
   * never.
   */
  msUntilRecycle(): number;
}

/**
 * Opens a session: connects to the first endpoint that answers and authenticates.
 *
 * @throws KafkaSessionError with the failure's reason.
 */
export async function openKafkaSession(
  deps: SessionDeps,
  config: ExporterConfig['kafka'],
  credentials: Credentials,
): Promise<RecycledSession> {
  const cluster = await connectCluster(deps, config, credentials);
  return new ClusterSession(deps, cluster, credentials.revision);
}

class ClusterSession implements RecycledSession {
  readonly revision: number | undefined;
  readonly transactions: Transactions;
  readonly group: GroupRequests;
  readonly rights: RightsProbes;
  readonly #clock: Clock;
  readonly #onThrottle: SessionDeps['onThrottle'];
  readonly #cluster: Cluster;
  readonly #leaders: TopicLeaders;
  readonly #admin: TopicAdmin;

  constructor(deps: SessionDeps, cluster: Cluster, revision: number | undefined) {
    this.#clock = deps.clock;
    this.#onThrottle = deps.onThrottle;
    this.#cluster = cluster;
    this.#leaders = new TopicLeaders(deps.clock, cluster);
    this.#admin = new TopicAdmin(deps.logger, cluster);
    this.revision = revision;
    this.transactions = createTransactions(cluster, TRANSACTION_TIMEOUT_MS);
    this.group = createGroupRequests(cluster, SILENT);
    const { group } = this;
    const leaderOf = (target: TopicPartition): Promise<Broker> => this.#leaders.leaderOf(target);
    this.rights = createRightsProbes({ cluster, group, leaderOf });
  }

  partitionCount(topic: string): Promise<number> {
    return this.#leaders.partitionCount(topic);
  }

  async produce(
    target: TopicPartition,
    batch: OutgoingBatch,
    transactionalId?: string,
  ): Promise<KafkaFailure | undefined> {
    try {
      const broker = await this.#leaders.leaderOf(target);
      const request = produceRequest(target, batch, {
        timeoutMs: REQUEST_TIMEOUT_MS,
        transactionalId,
      });
      const { errorCode, refused, said, clientSideThrottleTime } =
        await broker.connectionPool.send(request);
      if (clientSideThrottleTime > 0) this.#onThrottle?.(clientSideThrottleTime);
      if (errorCode === 0) return undefined;
      this.#leaders.forget(target.topic);
      return { ...brokerFailure(errorCode, said), refused };
    } catch (error) {
      this.#leaders.forget(target.topic);
      const failure = failureOf(error);
      if (isPassing(failure)) {
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
      return await readPartition(this.#clock, await this.#leaders.leaderOf(target), {
        target,
        isLast,
      });
    } catch (error) {
      this.#leaders.forget(target.topic);
      throw sessionError(`read ${target.topic}`, error);
    }
  }

  createCompactedTopic(topic: string, partitions: number): Promise<boolean> {
    return this.#admin.createCompacted(topic, partitions);
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    try {
      await this.#admin.addPartitions(topic, count);
    } finally {
      // After a failure as well: another client may have added them.
      this.#leaders.forget(topic);
    }
  }

  cleanupPolicy(topic: string): Promise<string> {
    return this.#admin.cleanupPolicy(topic);
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
}
