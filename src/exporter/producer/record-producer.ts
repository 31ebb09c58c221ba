import type { DataSource } from '../../deepflow/data-sources.ts';
import type { EncodedBatch, RecordsSection } from '../encode/encoded-batch.ts';

/** The partition of a key. */
export type Partitioner = (key: Uint8Array) => number;

/** Sends what a shard exports, and its progress with it. One transaction after the other. */
export interface RecordProducer {
  /**
   * Takes the shard over: whoever had it before is fenced, and what they left open is aborted. Resolves false when
   * `signal` aborted first.
   */
  open(signal: AbortSignal): Promise<boolean>;
  /**
   * Adds a batch to the transaction, in any partition or in a given one; resolves when there is room for the next one.
   *
   * @throws ProducerError as soon as a batch of the transaction has failed.
   */
  send(batch: EncodedBatch, partition?: number): Promise<void>;
  /**
   * How keys are spread over the partitions that a data source's topic has now. What is asked for must be sent.
   *
   * @throws ProducerError when the topic cannot be looked at.
   */
  partitioner(dataSource: DataSource): Promise<Partitioner>;
  /**
   * Waits until Kafka has every batch, adds the shard's progress, and commits.
   *
   * @throws ProducerError when nothing is committed, or nobody knows: the shard must be opened again then, and its
   *   progress read.
   */
  commit(progress: readonly RecordsSection[]): Promise<void>;
  /**
   * Gives up the transaction, once its batches under way are answered. True: the next one may begin; false: the shard
   * must be opened again.
   */
  abort(): Promise<boolean>;
}

/** Why a transaction cannot go on. */
export class ProducerError extends Error {
  /** True: a batch was too large for its topic; smaller ones may do. */
  readonly isTooLarge: boolean;
  /** True: another producer has taken the shard over. */
  readonly isFenced: boolean;
  /** True: whether the transaction was committed is not known. */
  readonly isUncertain: boolean;
  /** True: only what goes to one topic cannot be sent, which is missing or may not be written to. */
  readonly isOfTopic: boolean;

  constructor(
    message: string,
    options: {
      readonly isTooLarge?: boolean;
      readonly isFenced?: boolean;
      readonly isUncertain?: boolean;
      readonly isOfTopic?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ProducerError';
    this.isTooLarge = options.isTooLarge ?? false;
    this.isFenced = options.isFenced ?? false;
    this.isUncertain = options.isUncertain ?? false;
    this.isOfTopic = options.isOfTopic ?? false;
  }
}
