import type { DataSource } from '../../deepflow/data-sources.ts';
import type { EncodedBatch, RecordsSection } from '../encode/encoded-batch.ts';

/** How large transactions and batches may be now, in bytes of encoded records. */
export interface SizeNow {
  readonly bytes: number;
  readonly batchBytes: number;
}

/** The partition of a key. */
export type Partitioner = (key: Uint8Array) => number;

/** Sends what a shard exports, and its progress with it, in one transaction after the other. */
export interface RecordProducer {
  /**
   * Takes the shard over: the previous owner is fenced, and its open transaction is aborted.
   * Resolves false when `signal` aborted first.
   */
  open(signal: AbortSignal): Promise<boolean>;
  /** How large transactions and their batches should be now. */
  readonly size: SizeNow;
  /**
   * True: the transaction has as many bytes, or has lasted as long, as it should. Commit before you
   * send more.
   */
  isFull(): boolean;
  /**
   * Adds a batch to the transaction, in any partition or in a given one. Resolves when there is
   * room for the next batch.
   *
   * @throws ProducerError as soon as a batch of the transaction has failed.
   */
  send(batch: EncodedBatch, partition?: number): Promise<void>;
  /**
   * Returns how keys are spread over the partitions that a data source's topic has now. The caller
   * must send a batch to each partition that it asks for.
   *
   * @throws ProducerError when the metadata of the topic cannot be read.
   */
  partitioner(dataSource: DataSource): Promise<Partitioner>;
  /**
   * Waits until Kafka has every batch, adds the shard's progress, and commits.
   *
   * @throws ProducerError when nothing is committed, or when it is not known whether it is
   *   committed. Then the caller must open the shard again and read its progress.
   */
  commit(progress: readonly RecordsSection[]): Promise<void>;
  /**
   * Aborts the transaction, once its batches under way are answered. True: the next transaction may
   * begin. False: the shard must be opened again.
   */
  abort(): Promise<boolean>;
}

/** Records of a batch that their topic refuses. */
export interface RefusedRecords {
  readonly reason: RejectReason;
  /** Empty: the broker names none. */
  readonly places: readonly number[];
}

/** Why a record cannot be in its topic. */
export type RejectReason = 'tooLarge' | 'invalidTimestamp' | 'invalidRecord';

/** Called with records of a batch that their topic refuses, by their places in the batch. */
export type OnRejected = (
  batch: EncodedBatch,
  places: readonly number[],
  reason: RejectReason,
) => void;

/** Why a transaction cannot go on. */
export class ProducerError extends Error {
  /** True: a batch was too large for its topic. Smaller batches may succeed. */
  readonly isTooLarge: boolean;
  /**
   * The places in the batch of the records that their topic refuses, as far as the broker names
   * them. Undefined: the error is another one.
   */
  readonly refused: RefusedRecords | undefined;
  /** True: another producer has taken the shard over. */
  readonly isFenced: boolean;
  /** True: it is not known whether the transaction was committed. */
  readonly isUncertain: boolean;
  /**
   * True: only records for one topic cannot be sent, since the topic is missing or the user may not
   * write to it.
   */
  readonly isOfTopic: boolean;
  /** True: the topic of the progress has rejected the progress. */
  readonly isOfProgress: boolean;

  constructor(
    message: string,
    options: {
      readonly isTooLarge?: boolean;
      readonly refused?: RefusedRecords | undefined;
      readonly isFenced?: boolean;
      readonly isUncertain?: boolean;
      readonly isOfTopic?: boolean;
      readonly isOfProgress?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ProducerError';
    this.isTooLarge = options.isTooLarge ?? false;
    this.refused = options.refused;
    this.isFenced = options.isFenced ?? false;
    this.isUncertain = options.isUncertain ?? false;
    this.isOfTopic = options.isOfTopic ?? false;
    this.isOfProgress = options.isOfProgress ?? false;
  }
}

/**
 * The records of a batch that their topic refuses, from the error of the batch. Undefined: the error
 * is another one.
 */
export function rejectedRecords(error: unknown): RefusedRecords | undefined {
  if (!(error instanceof ProducerError)) return undefined;
  return error.isTooLarge ? { reason: 'tooLarge', places: [] } : error.refused;
}
