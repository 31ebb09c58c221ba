import type { Clock } from '../../lib/clock.ts';

/** Observes a queue, for metrics. */
export interface WorkQueueObserver {
  added(depth: number): void;
  /** A worker took a key that had waited for this time. */
  taken(depth: number, waitedMs: number): void;
  retried(): void;
}

/**
 * A queue of keys like client-go's. A key is in the queue at most once, and one worker at a time works on it. A key that is
 * added during the work is queued again after the work.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after a delay. If a key has several delays, the shortest is used. */
  addAfter(key: string, delayMs: number): void;
  /** Adds the key after a delay that doubles with each call until `forget`. */
  addRateLimited(key: string): void;
  /** How often `addRateLimited` was called for the key since `forget`. */
  failures(key: string): number;
  /** Resets the delay of `addRateLimited` for the key. */
  forget(key: string): void;
  /** Waits for the next key; undefined: the queue is closed. */
  take(): Promise<string | undefined>;
  /** Reports that the work on a taken key has ended. */
  done(key: string): void;
  depth(): number;
  /** Wakes every waiting worker with undefined and drops the remaining keys. */
  close(): void;
}

/** What a queue needs. */
export interface WorkQueueDeps {
  readonly clock: Clock;
  readonly observer?: WorkQueueObserver;
}

const BACKOFF_INITIAL_MS = 5;
const BACKOFF_MAX_MS = 1_000_000;

/** An empty queue. */
export function createWorkQueue({ clock, observer }: WorkQueueDeps): WorkQueue {
  const waiting = new Map<string, number>();
  const active = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;

  function next(): string | undefined {
    const [first] = waiting;
    if (first === undefined) return undefined;
    const [key, sinceMs] = first;
    waiting.delete(key);
    active.add(key);
    observer?.taken(waiting.size, clock.monotonicMs() - sinceMs);
    return key;
  }

  function add(key: string): void {
    if (closed) return;
    if (active.has(key)) {
      again.add(key);
      return;
    }
    if (waiting.has(key)) return;
    waiting.set(key, clock.monotonicMs());
    observer?.added(waiting.size);
    if (takers.length > 0) takers.shift()?.(next());
  }

  const delays = createDelays(clock, add);
  const addAfter = (key: string, delayMs: number): void => {
    if (!closed) delays.start(key, delayMs);
  };

  return {
    add,
    addAfter,
    addRateLimited: (key) => {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      observer?.retried();
      addAfter(key, Math.min(BACKOFF_MAX_MS, BACKOFF_INITIAL_MS * 2 ** Math.min(count, 30)));
    },
    failures: (key) => failures.get(key) ?? 0,
    forget: (key) => {
      failures.delete(key);
    },
    take: () => {
      if (closed) return Promise.resolve(undefined);
      const key = next();
      if (key !== undefined) return Promise.resolve(key);
      return new Promise((resolve) => takers.push(resolve));
    },
    done: (key) => {
      active.delete(key);
      if (again.delete(key)) add(key);
    },
    depth: () => waiting.size,
    close: () => {
      closed = true;
      delays.cancelAll();
      waiting.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}

/** One timer for each key: the one that is due first. */
function createDelays(
  clock: Clock,
  add: (key: string) => void,
): { readonly start: (key: string, delayMs: number) => void; readonly cancelAll: () => void } {
  const delayed = new Map<string, { readonly dueMs: number; readonly cancel: () => void }>();
  return {
    start: (key, delayMs) => {
      if (delayMs <= 0) {
        add(key);
        return;
      }
      const dueMs = clock.monotonicMs() + delayMs;
      const before = delayed.get(key);
      if (before !== undefined && before.dueMs <= dueMs) return;
      before?.cancel();
      const cancel = clock.after(delayMs, () => {
        delayed.delete(key);
        add(key);
      });
      delayed.set(key, { dueMs, cancel });
    },
    cancelAll: () => {
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
    },
  };
}
