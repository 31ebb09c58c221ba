import type { Clock } from '../../../../lib/clock.ts';
import { ConcurrencyLimit } from '../../../../lib/concurrency-limit.ts';
import { AddressError } from '../errors/address-error.ts';
import { AnswerError } from '../errors/answer-error.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';

/** The number of queries of a pod, at all addresses together. */
export interface QueryCounts {
  readonly running: number;
  /** Queries that wait until another query ends. */
  readonly waiting: number;
}

/** What the places of queries need. */
export interface QueryLimitDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** Called whenever a query begins or stops to run or to wait. */
  readonly onQueries?: (counts: QueryCounts) => void;
}

/** How many queries run at once, and where. */
export interface QueryPlacesOptions {
  readonly maxQueries: number;
  readonly addresses: readonly string[];
}

/** How long a query waits for a place. ClickHouse may also be silent this long during a query. */
const WAIT_MS = 120_000;

/** Bounds how many queries a pod runs at once. Further queries wait for their turn. */
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
   * @throws AddressError when there is no place within two minutes, or `signal` ends the wait. Also
   *   throws the errors of the query.
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
      const words = `all ${maxQueries} places for queries were in use for ${WAIT_MS / 1000} seconds`;
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
