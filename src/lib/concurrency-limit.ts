/** A limited number of places. Work without a place waits in a queue. */
export class ConcurrencyLimit {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** How many wait in the queue. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a place. `release` returns it.
   *
   * @throws the reason of `signal` when it aborts during the wait.
   */
  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.#waiting.delete(taken);
        signal?.removeEventListener('abort', aborted);
        end();
      };
      const taken = (): void => {
        settle(resolve);
      };
      const aborted = (): void => {
        const reason: unknown = signal?.reason;
        settle(() => {
          reject(reason instanceof Error ? reason : new Error('the wait was cancelled'));
        });
      };
      this.#waiting.add(taken);
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Returns a place, and gives it to the work that has waited longest. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else next();
  }
}

/**
 * Makes a function that runs at most `count` pieces of work at once. Further work waits in a queue.
 */
export function limitConcurrency(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const places = new ConcurrencyLimit(count);
  return async (work) => {
    await places.acquire();
    try {
      return await work();
    } finally {
      places.release();
    }
  };
}
