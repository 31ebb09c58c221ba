/** A place for one value that may not be there yet. */
export interface LatestValue<T> {
  /** The value now, or undefined. */
  get(): T | undefined;
  /** Puts a value in, and hands it to everybody who waits. */
  set(value: T): void;
  /** The value once there is one; undefined when `signal` aborts first. */
  wait(signal: AbortSignal): Promise<T | undefined>;
}

/** An empty slot. */
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
