import type { SimulatedTime } from '../simulated-time.ts';

/** Kafka's names of the errors that a coordinator answers. */
export type TransactionError =
  | 'CONCURRENT_TRANSACTIONS'
  | 'INVALID_PRODUCER_EPOCH'
  | 'INVALID_PRODUCER_ID_MAPPING'
  | 'INVALID_TXN_STATE';

/** The topic and number of a partition, such as `topic 3`. */
export type PartitionName = string;

interface TransactionState {
  readonly producerId: string;
  epoch: number;
  readonly timeoutMs: number;
  /** `ending`: the transaction is committed or aborted, and its markers are not written yet. */
  state: 'empty' | 'ongoing' | 'ending';
  /** Whether the last transaction was committed; undefined when no transaction has ended. */
  lastCommit: boolean | undefined;
  partitions: Set<PartitionName>;
  cancelTimeout: () => void;
}

/** What a coordinator needs. */
export interface CoordinatorDeps {
  readonly time: SimulatedTime;
  /** Writes the marker of a transaction into a partition. */
  readonly mark: (
    partition: PartitionName,
    producerId: string,
    epoch: number,
    isCommit: boolean,
  ) => void;
  /** How many milliseconds it takes to write markers. */
  readonly markerMs: () => number;
}

/** The state of all transactional ids at their coordinator (KIP-98, KIP-360). */
export class TransactionCoordinator {
  readonly #deps: CoordinatorDeps;
  readonly #states = new Map<string, TransactionState>();
  #producerIds = 0;
  /** How many transactions took longer than their time-out. */
  timeouts = 0;

  constructor(deps: CoordinatorDeps) {
    this.#deps = deps;
  }

  /** The id of a producer without transactions. */
  newProducerId(): string {
    return String(++this.#producerIds);
  }

  /** Starts the producer of a transactional id: older epochs are fenced, and their open transaction is aborted. */
  init(
    transactionalId: string,
    timeoutMs: number,
  ): { readonly producerId: string; readonly epoch: number } | TransactionError {
    const known = this.#states.get(transactionalId);
    if (known === undefined) {
      const state: TransactionState = {
        producerId: this.newProducerId(),
        epoch: 0,
        timeoutMs,
        state: 'empty',
        lastCommit: undefined,
        partitions: new Set(),
        cancelTimeout: () => undefined,
      };
      this.#states.set(transactionalId, state);
      return { producerId: state.producerId, epoch: state.epoch };
    }
    if (known.state === 'ending') return 'CONCURRENT_TRANSACTIONS';
    known.epoch++;
    if (known.state === 'ongoing') {
      this.#end(known, false);
      return 'CONCURRENT_TRANSACTIONS';
    }
    known.lastCommit = undefined;
    return { producerId: known.producerId, epoch: known.epoch };
  }

  /** Adds partitions to a transaction. The first partitions begin it. */
  add(
    transactionalId: string,
    producer: { readonly producerId: string; readonly epoch: number },
    partitions: readonly PartitionName[],
  ): TransactionError | undefined {
    const state = this.#checked(transactionalId, producer);
    if (typeof state === 'string') return state;
    if (state.state === 'ending') return 'CONCURRENT_TRANSACTIONS';
    if (state.state === 'empty') {
      state.state = 'ongoing';
      state.partitions = new Set();
      const { epoch } = state;
      state.cancelTimeout = this.#deps.time.after(state.timeoutMs, () => {
        if (state.state !== 'ongoing' || state.epoch !== epoch) return;
        this.timeouts++;
        state.epoch++;
        this.#end(state, false);
      });
    }
    for (const partition of partitions) state.partitions.add(partition);
    return undefined;
  }

  /** Commits or aborts a transaction. The same request may be sent again. */
  end(
    transactionalId: string,
    producer: { readonly producerId: string; readonly epoch: number },
    isCommit: boolean,
  ): TransactionError | undefined {
    const state = this.#checked(transactionalId, producer);
    if (typeof state === 'string') return state;
    if (state.state === 'ending') {
      return state.lastCommit === isCommit ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE';
    }
    if (state.state === 'empty') {
      return state.lastCommit === isCommit ? undefined : 'INVALID_TXN_STATE';
    }
    this.#end(state, isCommit);
    return undefined;
  }

  /** True when a partition is part of the open transaction of a producer. */
  hasPartition(producerId: string, partition: PartitionName): boolean {
    return [...this.#states.values()].some(
      (state) =>
        state.producerId === producerId &&
        state.state === 'ongoing' &&
        state.partitions.has(partition),
    );
  }

  #checked(
    transactionalId: string,
    { producerId, epoch }: { readonly producerId: string; readonly epoch: number },
  ): TransactionState | TransactionError {
    const state = this.#states.get(transactionalId);
    if (state?.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
    return state.epoch === epoch ? state : 'INVALID_PRODUCER_EPOCH';
  }

  #end(state: TransactionState, isCommit: boolean): void {
    state.cancelTimeout();
    state.state = 'ending';
    state.lastCommit = isCommit;
    const { epoch } = state;
    this.#deps.time.after(this.#deps.markerMs(), () => {
      for (const partition of state.partitions) {
        this.#deps.mark(partition, state.producerId, epoch, isCommit);
      }
      state.state = 'empty';
      state.partitions = new Set();
    });
  }
}
