import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Logger } from '../../../lib/logger.ts';
import { sessionError } from '../errors/kafka-session-error.ts';
import { REQUEST_TIMEOUT_MS } from './cluster.ts';

/** -1 means the default of the brokers (KIP-464, Kafka 2.4 and later). */
const DEFAULT_REPLICATION = -1;
/**
 * Small segments, so that compaction limits what a start has to read to some minutes of progress.
 */
const CHECKPOINT_TOPIC_CONFIG = [
  { name: 'cleanup.policy', value: 'compact' },
  { name: 'segment.ms', value: '600000' },
  { name: 'min.cleanable.dirty.ratio', value: '0.1' },
];
/** Creates and grows topics through the controller of a cluster. */
export class TopicAdmin {
  readonly #logger: Logger;
  readonly #cluster: Cluster;

  constructor(logger: Logger, cluster: Cluster) {
    this.#logger = logger;
    this.#cluster = cluster;
  }

  /** Creates a compacted topic. @throws KafkaSessionError. */
  async createCompacted(topic: string, partitions: number): Promise<void> {
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

  /** Adds partitions to a topic until it has `count` partitions. @throws KafkaSessionError. */
  async addPartitions(topic: string, count: number): Promise<void> {
    try {
      const controller = await this.#cluster.findControllerBroker();
      await controller.createPartitions({
        topicPartitions: [{ topic, count }],
        timeout: REQUEST_TIMEOUT_MS,
      });
      this.#logger.info({ topic, partitions: count }, 'partitions added');
    } catch (error) {
      throw sessionError(`add partitions to ${topic}`, error);
    }
  }
}
