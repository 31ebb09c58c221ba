import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import type { Clock } from '../../../lib/clock.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { KafkaSessionError, sessionError } from '../errors/kafka-session-error.ts';
import type { TopicPartition } from '../requests/produce-request.ts';
import { METADATA_MAX_AGE_MS } from './cluster.ts';

const NO_LEADER: KafkaFailure = { reason: 'KafkaNotReady', detail: 'LEADER_NOT_AVAILABLE' };
const NO_PARTITIONS: KafkaFailure = { reason: 'TopicMissing', detail: 'no partitions' };

/**
 * Knows the leader of each partition. It requests the leaders again when they are old or were
 * wrong.
 */
export class TopicLeaders {
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  readonly #known = new Map<
    string,
    { readonly byPartition: readonly number[]; readonly atMs: number }
  >();

  constructor(clock: Clock, cluster: Cluster) {
    this.#clock = clock;
    this.#cluster = cluster;
  }

  /**
   * How many partitions a topic has. @throws KafkaSessionError when the topic is missing or cannot
   * be read.
   */
  async partitionCount(topic: string): Promise<number> {
    return (await this.#leadersOf(topic)).length;
  }

  /** A connection to the leader of a partition. @throws KafkaSessionError. */
  async leaderOf({ topic, partition }: TopicPartition): Promise<Broker> {
    const leader = (await this.#leadersOf(topic))[partition];
    if (leader === undefined || leader < 0) {
      this.forget(topic);
      throw new KafkaSessionError(`find the leader of ${topic}-${partition}`, NO_LEADER);
    }
    return this.#cluster.findBroker({ nodeId: leader });
  }

  /** Forgets the leaders of a topic, so that they are requested before its next request. */
  forget(topic: string): void {
    this.#known.delete(topic);
  }

  async #leadersOf(topic: string): Promise<readonly number[]> {
    const known = this.#known.get(topic);
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
      this.#known.set(topic, { byPartition, atMs: this.#clock.monotonicMs() });
      return byPartition;
    } catch (error) {
      throw sessionError(operation, error);
    }
  }
}
