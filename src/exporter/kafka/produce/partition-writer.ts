import type { Memory } from '../../../lib/buffer-pool.ts';
import type { TopicPartition } from '../requests/produce-request.ts';
import { rejectedRecords } from '../../producer/record-producer.ts';
import { type CompressedRecords, recordBatch } from './record-batch.ts';
import type { Attempt } from './transaction-requests.ts';
import type { ProducerIdentity } from '../requests/transactions.ts';

/** What writing needs. Each function fails with the error that ends the transaction. */
export interface PartitionWriterDeps {
  /** Takes back the memory of stored batches. */
  readonly memory: Memory;
  /** Adds a partition to the current transaction, and returns the identity of the producer. */
  readonly join: (target: TopicPartition) => Promise<ProducerIdentity>;
  /** Repeats an attempt until a batch is stored. */
  readonly untilDone: <T extends object>(topic: string, attempt: Attempt<T>) => Promise<T>;
}

/**
 * The sequence and batches of one partition. Only one batch is sent at a time, so retries never
 * change the order.
 */
interface PartitionState {
  nextSequence: number;
  last: Promise<unknown>;
}

/** Sequence numbers start again at 0 after this number (KIP-98). */
const SEQUENCE_END = 2 ** 31;

/** Stores the batches of a producer in partitions, each under its sequence, one after the other (KIP-98). */
export class PartitionWriter {
  readonly #deps: PartitionWriterDeps;
  readonly #partitions = new Map<string, PartitionState>();
  /** How many batches of the identity were sent and are not stored. */
  #unstored = 0;

  constructor(deps: PartitionWriterDeps) {
    this.#deps = deps;
  }

  /** Must be called for a new identity, whose sequences begin at 0. */
  begin(): void {
    this.#partitions.clear();
    this.#unstored = 0;
  }

  /**
   * True when a batch was sent and it is not known whether it is stored. Read it only when no batch
   * is being sent.
   */
  get hasGap(): boolean {
    return this.#unstored > 0;
  }

  /**
   * Stores records in a partition, after the records that already wait for it. Returns the size of
   * the batch in bytes.
   */
  async put(target: TopicPartition, records: CompressedRecords): Promise<number> {
    const key = `${target.topic} ${target.partition}`;
    const state = this.#partitions.get(key) ?? { nextSequence: 0, last: Promise.resolve() };
    this.#partitions.set(key, state);
    const result = state.last.then(() => this.#putNext(state, { target, records }));
    state.last = result.catch(() => undefined);
    return result;
  }

  async #putNext(
    state: PartitionState,
    { target, records }: { readonly target: TopicPartition; readonly records: CompressedRecords },
  ): Promise<number> {
    const { join, memory, untilDone } = this.#deps;
    const producer = await join(target);
    const first = state.nextSequence;
    const batch = recordBatch(records, { producer, first });
    let tries = 0;
    this.#unstored++;
    const stored = untilDone(target.topic, async (session) => {
      // A connection may still send the bytes of the previous try, with its request headers.
      const headroom = tries++ === 0 ? batch.headroom : 0;
      const { transactionalId } = producer;
      const failure = await session.produce(target, { ...batch, headroom }, transactionalId);
      // The answer to an earlier try was lost, but the broker has the batch.
      return failure?.detail === 'DUPLICATE_SEQUENCE_NUMBER' ? undefined : failure;
    });
    await stored.catch((error: unknown) => {
      if (rejectedRecords(error) !== undefined) this.#unstored--;
      throw error;
    });
    this.#unstored--;
    // A rejected batch uses no sequence numbers.
    state.nextSequence = (first + records.section.records) % SEQUENCE_END;
    // If the batch was sent only once and is answered, no connection reads its memory any longer.
    if (tries === 1) memory.give(records.room);
    return batch.bytes.length;
  }
}
