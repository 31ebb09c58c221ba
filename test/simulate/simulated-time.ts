import type { Clock } from '../../src/lib/clock.ts';

/** A callback and its time. */
interface Event {
  readonly atMs: number;
  /** Events with the same time run in the order in which they were planned. */
  readonly order: number;
  readonly happen: () => void;
}

/**
 * Time that jumps from one event to the next. All that follows from an event runs before the next event. So a run
 * depends only on the planned events, and no real time passes while it waits.
 */
export class SimulatedTime {
  #nowMs = 0;
  #order = 0;
  /** A binary heap: the next event is its first element. */
  readonly #events: Event[] = [];

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plans an event after some milliseconds. @returns a function that cancels the event. */
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

  /** Runs all events up to a time. */
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

/** Resolves after every promise that is not waiting for an event has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The clock of one process. The process may die or be paused, and its clock may be wrong. */
export interface ProcessClock extends Clock {
  /** Ends the process: its timers never fire again. */
  die(): void;
  /** Pauses the process for some milliseconds. Timers that become due meanwhile fire afterwards. */
  pause(ms: number): void;
  /** Changes the time of day of the process by some milliseconds. */
  jump(ms: number): void;
  readonly isDead: boolean;
  /** Calls back at once, after the pause when the process is paused, or never when it is dead. */
  deliver(happen: () => void): void;
}

/** A clock of a process. `startMs` is the time of day when the simulation begins, in milliseconds since the Unix epoch. */
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
