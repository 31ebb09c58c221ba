import type { Clock } from '../../../../lib/clock.ts';
import { ConcurrencyLimit } from '../../../../lib/concurrency-limit.ts';
import { AddressError } from '../errors/address-error.ts';
import { AnswerError } from '../errors/answer-error.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';

/** Queries of a pod, at all addresses together. */
export interface QueryCounts {
  readonly running: number;
  /** Those that wait until another ends. */
  readonly waiting: number;
}

/** What the places of queries need. */
export interface QueryLimitDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** Told whenever a query begins to run or to wait, or no longer does. */
  readonly onQueries?: (counts: QueryCounts) => void;
}

/** How many queries are asked at once, and where. */
export interface QueryPlacesOptions {
  readonly maxQueries: number;
  readonly addresses: readonly string[];
}

/** Longest wait for a place: as long as ClickHouse itself may be silent within a query. */
const WAIT_MS = 120_000;

/** Bounds how many queries a pod asks at once. What comes beyond them waits for its turn. */
export class QueryLimit {
  readonly #deps: QueryLimitDeps;
  readonly #options: QueryPlacesOptions;
  readonly #limit: ConcurrencyLimit;
  #running = 0;

  constructor(deps: QueryLimitDeps, options: QueryPlacesOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#limit = new ConcurrencyLimit(options.maxQueries);
  }

  /**
   * Runs a query, and holds its place until its answer has been read.
   *
   * @throws AddressError when two minutes have brought no place, or `signal` ends the wait; what the query throws.
   */
  async *run<T>(query: () => AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
    await this.#acquire(signal);
    try {
      yield* query();
    } finally {
      this.#running--;
      this.#limit.release();
      this.#tell();
    }
  }

  async #acquire(signal: AbortSignal | undefined): Promise<void> {
    const { addresses, maxQueries } = this.#options;
    const late = new AbortController();
    const cancel = this.#deps.clock.after(WAIT_MS, () => {
      const words = `all ${maxQueries} places were taken for ${WAIT_MS / 1000} seconds`;
      late.abort(new AnswerError(words, OWN_CODES.noPlace));
    });
    const ended = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    try {
      const taken = this.#limit.acquire(ended);
      if (this.#limit.waiting > 0) this.#tell();
      await taken;
      this.#running++;
    } catch (error) {
      throw new AddressError(addresses, error, false);
    } finally {
      cancel();
      this.#tell();
    }
  }

  #tell(): void {
    this.#deps.onQueries?.({ running: this.#running, waiting: this.#limit.waiting });
  }
}
