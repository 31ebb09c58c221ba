/** Holds one value, which may not exist yet. */
export interface LatestValue<T> {
  /** The current value, or undefined. */
  get(): T | undefined;
  /** Stores a value, and resolves all waits with it. */
  set(value: T): void;
  /** Resolves with the value once there is one. Undefined when `signal` aborts first. */
  wait(signal: AbortSignal): Promise<T | undefined>;
}

/** Makes an empty holder. */
export function createLatestValue<T>(): LatestValue<T> {
  let current: T | undefined;
  const waiters = new Set<(value: T | undefined) => void>();
  return {
    get: () => current,
    set: (value) => {
      current = value;
      for (const waiter of [...waiters]) waiter(value);
    },
    wait: (signal) => {
      if (current !== undefined || signal.aborted) return Promise.resolve(current);
      return new Promise((resolve) => {
        const finish = (value: T | undefined): void => {
          waiters.delete(finish);
          signal.removeEventListener('abort', giveUp);
          resolve(value);
        };
        const giveUp = (): void => {
          finish(undefined);
        };
        waiters.add(finish);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}
