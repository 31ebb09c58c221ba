import type { Memory } from '../../../lib/buffer-pool.ts';
import type { TopicPartition } from '../requests/produce-request.ts';
import { type CompressedRecords, recordBatch } from './record-batch.ts';
import type { Attempt } from './transaction-requests.ts';
import type { ProducerIdentity } from '../requests/transactions.ts';

/** What writing needs. Each fails with what ends the transaction. */
export interface PartitionWriterDeps {
  /** Where the memory of stored batches goes back to. */
  readonly memory: Memory;
  /** Makes a partition part of the transaction under way; answers who writes. */
  readonly join: (target: TopicPartition) => Promise<ProducerIdentity>;
  /** Tries again until a batch is stored. */
  readonly untilDone: <T extends object>(topic: string, attempt: Attempt<T>) => Promise<T>;
}

/** Sequence and batches of one partition: one is on its way at a time, so retries never reorder. */
interface PartitionState {
  nextSequence: number;
  last: Promise<unknown>;
}

/** Sequences count round (KIP-98). */
const SEQUENCE_END = 2 ** 31;

/** Stores the batches of a producer in partitions, each under its sequence, one after the other (KIP-98). */
export class PartitionWriter {
  readonly #deps: PartitionWriterDeps;
  readonly #partitions = new Map<string, PartitionState>();
  /** Batches of the identity that were sent and are not stored. */
  #unstored = 0;

  constructor(deps: PartitionWriterDeps) {
    this.#deps = deps;
  }

  /** Must be called for a new identity, whose sequences begin at 0. */
  begin(): void {
    this.#partitions.clear();
    this.#unstored = 0;
  }

  /** True when a batch was sent and nobody knows what became of it; asked once none is on its way. */
  get hasGap(): boolean {
    return this.#unstored > 0;
  }

  /** Stores records in a partition, behind those that wait for it; answers the bytes of the batch. */
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
    await untilDone(target.topic, async (session) => {
      // Some connection may still be at the bytes of the try before, with their heads.
      const headroom = tries++ === 0 ? batch.headroom : 0;
      const { transactionalId } = producer;
      const failure = await session.produce(target, { ...batch, headroom }, transactionalId);
      // The answer to an earlier try was lost, but the broker has the batch.
      return failure?.detail === 'DUPLICATE_SEQUENCE_NUMBER' ? undefined : failure;
    });
    this.#unstored--;
    // A batch that was refused has taken no place in the sequence.
    state.nextSequence = (first + records.section.records) % SEQUENCE_END;
    // What was sent once and is answered, nobody reads any more.
    if (tries === 1) memory.give(records.room);
    return batch.bytes.length;
  }
}
