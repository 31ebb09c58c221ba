import {
  type BatchHeader,
  batchHeader,
  batchRecords,
  type StoredRecord,
} from './record-batches.ts';

/** Kafka's names of the errors with which a broker refuses a batch. */
export type ProduceError =
  | 'INVALID_PRODUCER_EPOCH'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'DUPLICATE_SEQUENCE_NUMBER'
  | 'INVALID_TXN_STATE';

interface ProducerState {
  epoch: number;
  nextSequence: number;
  /** First sequences of the last batches. The broker acknowledges such a batch again, and does not store it again. */
  recent: number[];
}

type Entry =
  | { readonly kind: 'batch'; readonly producerId: string; readonly batch: Buffer }
  | { readonly kind: 'marker'; readonly producerId: string; readonly isCommit: boolean };

/** Brokers remember the last five batches of a producer (KIP-98). */
const RECENT_BATCHES = 5;

/** A partition at its leader: batches in order, the state of idempotent producers, and markers of transactions. */
export class PartitionLog {
  readonly #entries: Entry[] = [];
  readonly #producers = new Map<string, ProducerState>();

  /**
   * Appends a batch, as a leader does when all replicas are in sync.
   *
   * @param isOpen whether the batch's transaction, if it has one, is open and has this partition (KIP-890).
   */
  append(batch: Buffer, isOpen: boolean): ProduceError | undefined {
    const header = batchHeader(batch);
    const state = this.#stateOf(header);
    if (header.epoch < state.epoch) return 'INVALID_PRODUCER_EPOCH';
    if (header.epoch > state.epoch) {
      if (header.firstSequence !== 0) return 'OUT_OF_ORDER_SEQUENCE_NUMBER';
      Object.assign(state, { epoch: header.epoch, nextSequence: 0, recent: [] });
    }
    if (state.recent.includes(header.firstSequence)) return undefined;
    if (header.firstSequence < state.nextSequence) return 'DUPLICATE_SEQUENCE_NUMBER';
    if (header.firstSequence > state.nextSequence) return 'OUT_OF_ORDER_SEQUENCE_NUMBER';
    if (!isOpen) return 'INVALID_TXN_STATE';
    state.nextSequence += header.records;
    state.recent = [...state.recent, header.firstSequence].slice(-RECENT_BATCHES);
    // The sender uses its memory for other batches later.
    this.#entries.push({
      kind: 'batch',
      producerId: header.producerId,
      batch: Buffer.from(batch),
    });
    return undefined;
  }

  /** Writes the marker that ends a producer's transaction. After it, older epochs cannot append. */
  mark(producerId: string, epoch: number, isCommit: boolean): void {
    const state = this.#producers.get(producerId);
    if (state !== undefined && epoch > state.epoch) {
      Object.assign(state, { epoch, nextSequence: 0, recent: [] });
    }
    this.#entries.push({ kind: 'marker', producerId, isCommit });
  }

  /** Records of committed transactions up to the last stable offset, in the order of their batches. */
  committed(): readonly StoredRecord[] {
    return this.#decided().flatMap(({ batch }) => batchRecords(batch));
  }

  /**
   * Keeps only the last committed record of each key, as compaction does, and the batches of open transactions.
   */
  compact(): void {
    const decided = new Set(this.#decided());
    const latest = new Map<string, Extract<Entry, { kind: 'batch' }>>();
    for (const entry of decided) {
      for (const { key } of batchRecords(entry.batch)) latest.set(String(key), entry);
    }
    const kept = new Set(latest.values());
    const isGone = (entry: Entry): boolean =>
      entry.kind === 'batch' && decided.has(entry) && !kept.has(entry);
    const entries = this.#entries.filter((entry) => !isGone(entry));
    this.#entries.splice(0, this.#entries.length, ...entries);
  }

  #stateOf({ producerId, epoch }: BatchHeader): ProducerState {
    const known = this.#producers.get(producerId);
    if (known !== undefined) return known;
    const state = { epoch, nextSequence: 0, recent: [] };
    this.#producers.set(producerId, state);
    return state;
  }

  /** Batches before the first batch of an open transaction, without the batches of aborted transactions. */
  #decided(): readonly Extract<Entry, { kind: 'batch' }>[] {
    const outcome = new Map<Entry, boolean>();
    const open = new Map<string, Entry[]>();
    for (const entry of this.#entries) {
      const own = open.get(entry.producerId) ?? [];
      if (entry.kind === 'batch') {
        if (batchHeader(entry.batch).isTransactional) open.set(entry.producerId, [...own, entry]);
        else outcome.set(entry, true);
      } else {
        for (const each of own) outcome.set(each, entry.isCommit);
        open.delete(entry.producerId);
      }
    }
    const found: Extract<Entry, { kind: 'batch' }>[] = [];
    for (const entry of this.#entries) {
      if (entry.kind === 'marker') continue;
      const isCommitted = outcome.get(entry);
      if (isCommitted === undefined) break;
      if (isCommitted) found.push(entry);
    }
    return found;
  }
}
