import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { EncodedBatch } from '../../encode/encoded-batch.ts';
import {
  type OnRejected,
  rejectedRecords,
  type RejectReason,
} from '../../producer/record-producer.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import type { ExporterMetrics } from '../../status/metrics.ts';
import { deliveryCheck } from '../../status/shard-checks.ts';
import type { PartitionWriter } from './partition-writer.ts';
import { type CompressedRecords, copyOfRecords } from './record-batch.ts';

/** Records of a batch. */
export interface PartOfBatch {
  readonly batch: EncodedBatch;
  /** Their places in the batch. Absent: they are the whole batch. */
  readonly places?: readonly number[];
  readonly records: CompressedRecords;
}

/** What dead letters need. */
export interface DeadLettersDeps {
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: Pick<ExporterMetrics, 'rejected'>;
  readonly memory: Memory;
  readonly partitions: PartitionWriter;
  readonly onRejected: OnRejected | undefined;
  /** Chooses the partition of a batch without a key. */
  readonly choosePartition: (topic: string) => Promise<number>;
  readonly partitionCount: (topic: string) => Promise<number>;
}

/** Records that their topic refuses. */
interface DeadLetter extends PartOfBatch {
  readonly topic: string;
  readonly reason: RejectReason;
  /** The partition of the records' keys. Undefined: the records have no keys. */
  readonly partition: number | undefined;
}

/** What is counted for records that the dead-letter topic refuses as well. */
const REFUSED_TWICE = {
  tooLarge: 'tooLargeForDeadLetters',
  invalidTimestamp: 'refusedByDeadLetters',
  invalidRecord: 'refusedByDeadLetters',
} as const satisfies Record<RejectReason, string>;

const SENTENCES: Readonly<Record<RejectReason, string>> = {
  tooLarge: 'a record is too large for its topic',
  invalidTimestamp: 'a topic refuses records because of their timestamps',
  invalidRecord: 'a topic refuses records, such as records without a key in a compacted topic',
};

/**
 * Records of a transaction that their topics refuse. They go to the dead-letter topic, if there is
 * one.
 */
export class DeadLetters {
  readonly #deps: DeadLettersDeps;
  readonly #topic: string | undefined;
  #rejected: { dataSource: DataSource; reason: string; records: number }[] = [];

  constructor(deps: DeadLettersDeps, topic: string | undefined) {
    this.#deps = deps;
    this.#topic = topic;
  }

  /**
   * Writes records to the dead-letter topic, so that they do not block other records. Records
   * that this topic refuses as well are dropped.
   *
   * @throws ProducerError
   */
  async put({ topic, batch, places, reason, records, partition }: DeadLetter): Promise<void> {
    const { health, logger, memory, onRejected, partitions } = this.#deps;
    const { dataSource } = batch;
    const count = { dataSource, records: records.section.records };
    const deadLetterTopic = this.#topic;
    health.ok(deliveryCheck(topic));
    this.#rejected.push({ ...count, reason });
    onRejected?.(batch, places ?? [...Array(count.records).keys()], reason);
    const size = records.bytes.length;
    logger.warn({ topic, records: count.records, size, deadLetterTopic }, SENTENCES[reason]);
    if (deadLetterTopic === undefined) return;
    try {
      const target = {
        topic: deadLetterTopic,
        partition: await this.#partitionOf(deadLetterTopic, partition),
      };
      await partitions.put(target, copyOfRecords(records, memory));
    } catch (error) {
      const again = rejectedRecords(error);
      if (again === undefined) throw error;
      health.ok(deliveryCheck(deadLetterTopic));
      this.#rejected.push({ ...count, reason: REFUSED_TWICE[again.reason] });
    }
  }

  /** Counts the rejected records. Call it when the transaction is committed. */
  count(): void {
    for (const { dataSource, reason, records } of this.#rejected)
      this.#deps.metrics.rejected(dataSource, reason, records);
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
