import type { RecordBatch } from 'apache-arrow';
import type { Clock } from '../../lib/clock.ts';
import type { PushTable } from './rows/push-table.ts';

/** Rows that one request wants in Kafka. */
export interface PushJob {
  readonly table: PushTable;
  readonly batch: RecordBatch;
}

/**
 * What became of a job:
 * - `stored`: Kafka has its records, but for rows whose records are too large for their topic
 * - `refused`: Kafka has none of them
 * - `uncertain`: nobody knows
 */
export type PushOutcome =
  | { readonly kind: 'stored'; readonly tooLarge: readonly number[] }
  | { readonly kind: 'refused' | 'uncertain'; readonly reason: string };

/** A job that waits for its outcome. */
export interface WaitingJob extends PushJob {
  readonly resolve: (outcome: PushOutcome) => void;
}

/** A job that nobody takes so long is refused. */
const WAIT_MS = 15_000;

/** Jobs that wait for a transaction. Whoever takes some takes all that have come meanwhile, up to a number of rows. */
export class PushQueue {
  readonly #clock: Clock;
  readonly #rowsMax: number;
  readonly #waiting = new Set<WaitingJob>();
  readonly #takers: (() => void)[] = [];
  #isClosed = false;

  /** @param rowsMax of the jobs that are taken together; a larger job is taken alone. */
  constructor(clock: Clock, rowsMax: number) {
    this.#clock = clock;
    this.#rowsMax = rowsMax;
  }

  /** Resolves when it is known what became of a job. */
  submit(job: PushJob): Promise<PushOutcome> {
    if (this.#isClosed) return Promise.resolve({ kind: 'refused', reason: 'the exporter stops' });
    return new Promise((resolve) => {
      const waiting: WaitingJob = {
        ...job,
        resolve: (outcome) => {
          cancel();
          resolve(outcome);
        },
      };
      const cancel = this.#clock.after(WAIT_MS, () => {
        const isWaiting = this.#waiting.delete(waiting);
        if (isWaiting) resolve({ kind: 'refused', reason: 'Kafka takes no records at the moment' });
      });
      this.#waiting.add(waiting);
      this.#takers.shift()?.();
    });
  }

  /** The next jobs; none when the queue is closed. */
  async take(): Promise<readonly WaitingJob[]> {
    while (this.#waiting.size === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#takers.push(resolve);
      });
    }
    const taken: WaitingJob[] = [];
    let rows = 0;
    for (const job of this.#waiting) {
      rows += job.batch.numRows;
      if (taken.length > 0 && rows > this.#rowsMax) break;
      taken.push(job);
      this.#waiting.delete(job);
    }
    return taken;
  }

  /** Nobody takes jobs any more: those that wait are refused, and so is everyone who waits for one. */
  close(): void {
    this.#isClosed = true;
    for (const job of this.#waiting) job.resolve({ kind: 'refused', reason: 'the exporter stops' });
    this.#waiting.clear();
    for (const wake of this.#takers.splice(0)) wake();
  }
}
