import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Logger } from '../../../lib/logger.ts';
import { failureOf, sessionError } from '../errors/kafka-session-error.ts';
import { addPartitionsRequest, createTopicRequest } from '../requests/topic-requests.ts';
import { REQUEST_TIMEOUT_MS } from './cluster.ts';

/**
 * Small segments, so that compaction limits what a start has to read to some minutes of progress.
 */
const CHECKPOINT_TOPIC_CONFIG = {
  'cleanup.policy': 'compact',
  'segment.ms': '600000',
  'min.cleanable.dirty.ratio': '0.1',
  // Brokers with a compression.type of their own would compress each small batch again.
  'compression.type': 'producer',
};
/** The type of a topic in a DescribeConfigs request (KIP-133). */
const TOPIC_RESOURCE = 2;

/** Creates and grows topics through the controller of a cluster, and reads their configuration. */
export class TopicAdmin {
  readonly #logger: Logger;
  readonly #cluster: Cluster;

  constructor(logger: Logger, cluster: Cluster) {
    this.#logger = logger;
    this.#cluster = cluster;
  }

  /**
   * Creates a compacted topic. Returns false when another client has created the topic meanwhile,
   * with whatever configuration.
   *
   * @throws KafkaSessionError
   */
  async createCompacted(topic: string, partitions: number): Promise<boolean> {
    const created = { topic, partitions, config: CHECKPOINT_TOPIC_CONFIG };
    try {
      const controller = await this.#cluster.findControllerBroker();
      await controller.connectionPool.send(createTopicRequest(created, REQUEST_TIMEOUT_MS));
      this.#logger.info({ topic }, 'topic created');
      return true;
    } catch (error) {
      if (failureOf(error).detail === 'TOPIC_ALREADY_EXISTS') return false;
      throw sessionError(`create topic ${topic}`, error);
    }
  }

  /** Adds partitions to a topic until it has `count` partitions. @throws KafkaSessionError. */
  async addPartitions(topic: string, count: number): Promise<void> {
    try {
      const controller = await this.#cluster.findControllerBroker();
      await controller.connectionPool.send(addPartitionsRequest(topic, count, REQUEST_TIMEOUT_MS));
      this.#logger.info({ topic, partitions: count }, 'partitions added');
    } catch (error) {
      throw sessionError(`add partitions to ${topic}`, error);
    }
  }

  /** The cleanup.policy of a topic, such as `compact,delete`. @throws KafkaSessionError. */
  async cleanupPolicy(topic: string): Promise<string> {
    try {
      const broker = await this.#cluster.brokerPool.findConnectedBroker();
      const { resources } = await broker.describeConfigs({
        resources: [{ type: TOPIC_RESOURCE, name: topic, configNames: ['cleanup.policy'] }],
      });
      return resources[0]?.configEntries[0]?.configValue ?? '';
    } catch (error) {
      throw sessionError(`configuration of ${topic}`, error);
    }
  }
}
