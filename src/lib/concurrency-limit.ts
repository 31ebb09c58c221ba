/** So many places; what finds none waits in line. */
export class ConcurrencyLimit {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a place, which `release` gives back.
   *
   * @throws the reason of `signal`, which ends the wait.
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
          reject(reason instanceof Error ? reason : new Error('the wait was ended'));
        });
      };
      this.#waiting.add(taken);
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Gives a place to whoever waits for longest. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else next();
  }
}

/** Runs work in one of so many places; what finds none waits in line. */
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
