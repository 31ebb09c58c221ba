import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { EncodedBatch } from '../../encode/encoded-batch.ts';
import { ProducerError } from '../../producer/record-producer.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import type { ExporterMetrics } from '../../status/metrics.ts';
import { deliveryCheck } from '../../status/shard-checks.ts';
import type { PartitionWriter } from './partition-writer.ts';
import { type CompressedRecords, copyOfRecords } from './record-batch.ts';

/** What dead letters need. */
export interface DeadLettersDeps {
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: Pick<ExporterMetrics, 'rejected'>;
  readonly memory: Memory;
  readonly partitions: PartitionWriter;
  /** Called with a batch of one record that is too large for its topic. */
  readonly onTooLarge: ((batch: EncodedBatch) => void) | undefined;
  /** Chooses the partition of a batch without a key. */
  readonly choosePartition: (topic: string) => Promise<number>;
  readonly partitionCount: (topic: string) => Promise<number>;
}

/** A batch of one record that is too large for its topic. */
interface DeadLetter {
  readonly topic: string;
  readonly batch: EncodedBatch;
  readonly records: CompressedRecords;
  /** The partition of the record's key. Undefined: the record has no key. */
  readonly partition: number | undefined;
}

/**
 * Records of a transaction that are too large for their topics. They go to the dead-letter topic,
 * if there is one.
 */
export class DeadLetters {
  readonly #deps: DeadLettersDeps;
  readonly #topic: string | undefined;
  #rejected: { dataSource: DataSource; reason: string }[] = [];

  constructor(deps: DeadLettersDeps, topic: string | undefined) {
    this.#deps = deps;
    this.#topic = topic;
  }

  /**
   * Writes a record to the dead-letter topic, so that it does not block other records. A record
   * that is too large for that topic as well is dropped.
   *
   * @throws ProducerError
   */
  async put({ topic, batch, records, partition }: DeadLetter): Promise<void> {
    const { health, logger, memory, onTooLarge, partitions } = this.#deps;
    const { dataSource } = batch;
    const deadLetterTopic = this.#topic;
    health.ok(deliveryCheck(topic));
    this.#rejected.push({ dataSource, reason: 'tooLarge' });
    onTooLarge?.(batch);
    const size = batch.bytes.length;
    logger.warn({ topic, size, deadLetterTopic }, 'a record is too large for its topic');
    if (deadLetterTopic === undefined) return;
    try {
      const target = {
        topic: deadLetterTopic,
        partition: await this.#partitionOf(deadLetterTopic, partition),
      };
      await partitions.put(target, copyOfRecords(records, memory));
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      health.ok(deliveryCheck(deadLetterTopic));
      this.#rejected.push({ dataSource, reason: 'tooLargeForDeadLetters' });
    }
  }

  /** Counts the rejected records. Call it when the transaction is committed. */
  count(): void {
    for (const { dataSource, reason } of this.#rejected)
      this.#deps.metrics.rejected(dataSource, reason);
  }

  /** Forgets the rejected records. Call it when the transaction has ended. */
  forget(): void {
    this.#rejected = [];
  }

  /**
   * The partition of a key is its hash modulo the number of partitions. So `partition` modulo the
   * partitions of the dead-letter topic is right whenever the records' topic has a multiple of
   * them.
   */
  async #partitionOf(topic: string, partition: number | undefined): Promise<number> {
    const { choosePartition, partitionCount } = this.#deps;
    if (partition === undefined) return choosePartition(topic);
    return partition % (await partitionCount(topic));
  }
}

/** True for the error of a batch that is too large for its topic. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof ProducerError && error.isTooLarge;
}
