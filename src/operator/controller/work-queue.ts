import type { Clock } from '../../lib/clock.ts';

/** Observes a queue, for metrics. */
export interface WorkQueueObserver {
  added(depth: number): void;
  /** A worker took a key that had waited this long. */
  taken(depth: number, waitedMs: number): void;
  retried(): void;
}

/**
 * A queue of keys after client-go's: a key waits at most once, is worked on by one worker at a time, and
 * comes again after the work when it was added meanwhile.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds later; of several waits for one key the shortest counts. */
  addAfter(key: string, delayMs: number): void;
  /** Adds after a wait that doubles with each call until `forget`. */
  addRateLimited(key: string): void;
  /** Ends the key's row of failures. */
  forget(key: string): void;
  /** The next key, when there is one; undefined: the queue is closed. */
  take(): Promise<string | undefined>;
  /** Says that the work on a taken key is over. */
  done(key: string): void;
  depth(): number;
  /** Wakes every waiting worker with undefined and drops what is left. */
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

/** Timers by key, of which the one that is due first counts. */
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
