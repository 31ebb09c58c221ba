import type { Clock } from '../../src/lib/clock.ts';

/** Something that happens at a time. */
interface Event {
  readonly atMs: number;
  /** Events of the same time happen in the order in which they were planned. */
  readonly order: number;
  readonly happen: () => void;
}

/**
 * Time that jumps from one event to the next. Between two events everything runs that follows from the first one, so
 * a run depends on nothing but what is planned, and takes no longer than it computes.
 */
export class SimulatedTime {
  #nowMs = 0;
  #order = 0;
  /** A binary heap: the event that comes next is the first. */
  readonly #events: Event[] = [];

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plans an event after some milliseconds; the answer cancels it. */
  after(ms: number, happen: () => void): () => void {
    let isCancelled = false;
    this.#push({
      atMs: this.#nowMs + Math.max(0, ms),
      order: this.#order++,
      happen: () => {
        if (!isCancelled) happen();
      },
    });
    return () => {
      isCancelled = true;
    };
  }

  /** Resolves after some milliseconds. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Lets everything happen up to a time. */
  async runUntil(untilMs: number): Promise<void> {
    await settled();
    for (let event = this.#events[0]; event !== undefined; event = this.#events[0]) {
      if (event.atMs > untilMs) break;
      this.#pop();
      this.#nowMs = event.atMs;
      event.happen();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      let next = left;
      if (right !== undefined && isBefore(right, left)) {
        next = right;
        child++;
      }
      if (isBefore(last, next)) break;
      heap[at] = next;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Resolves when every promise that can go on has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The clock of one process, which may die, stand still or be wrong. */
export interface ProcessClock extends Clock {
  /** No timer of it fires any more. */
  die(): void;
  /** Stops the process for some milliseconds. Timers that are due meanwhile fire after that. */
  pause(ms: number): void;
  /** Its time of day jumps. */
  jump(ms: number): void;
  readonly isDead: boolean;
  /** Runs when the process runs: at once, after its pause, or never. */
  deliver(happen: () => void): void;
}

/** A clock of a process. `startMs` is the time of day at the beginning, in milliseconds since the Unix epoch. */
export function createProcessClock(time: SimulatedTime, startMs: number): ProcessClock {
  let offsetMs = 0;
  let isDead = false;
  let pausedUntilMs = 0;
  const deliver = (happen: () => void): void => {
    if (isDead) return;
    if (time.nowMs >= pausedUntilMs) happen();
    else
      time.after(pausedUntilMs - time.nowMs, () => {
        deliver(happen);
      });
  };
  const after: Clock['after'] = (ms, callback) => {
    let isCancelled = false;
    const cancel = time.after(ms, () => {
      deliver(() => {
        if (!isCancelled) callback();
      });
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  };
  return {
    now: () => Math.floor(startMs + time.nowMs + offsetMs),
    monotonicMs: () => time.nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const done = (): void => {
          cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const cancel = after(ms, done);
        signal?.addEventListener('abort', done, { once: true });
      }),
    die: () => {
      isDead = true;
    },
    pause: (ms) => {
      pausedUntilMs = Math.max(pausedUntilMs, time.nowMs + ms);
    },
    jump: (ms) => {
      offsetMs += ms;
    },
    get isDead() {
      return isDead;
    },
    deliver,
  };
}
