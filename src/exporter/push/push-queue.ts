import type { RecordBatch } from 'apache-arrow';
import type { Clock } from '../../lib/clock.ts';
import type { RejectReason } from '../producer/record-producer.ts';
import type { PushTable } from './rows/push-table.ts';

/** The rows of one request that are to be sent to Kafka. */
export interface PushJob {
  readonly table: PushTable;
  readonly batch: RecordBatch;
}

/** A row whose record its topic refuses. */
interface RejectedRow {
  readonly row: number;
  readonly reason: RejectReason;
}

/**
 * The result of a job:
 * - `stored`: Kafka has its records, except records that their topic refuses
 * - `refused`: Kafka has none of them
 * - `uncertain`: it is not known whether Kafka has them
 */
export type PushOutcome =
  | { readonly kind: 'stored'; readonly rejected: readonly RejectedRow[] }
  | { readonly kind: 'refused' | 'uncertain'; readonly reason: string };

/** A job that waits for its outcome. */
export interface WaitingJob extends PushJob {
  readonly resolve: (outcome: PushOutcome) => void;
}

/** A job that is not taken within this time is refused. */
const WAIT_MS = 15_000;

/**
 * A queue of jobs that wait for a transaction. A lane takes all waiting jobs at once, up to a
 * number of rows.
 */
export class PushQueue {
  readonly #clock: Clock;
  readonly #rowsMax: number;
  readonly #waiting = new Set<WaitingJob>();
  readonly #takers: (() => void)[] = [];
  #isClosed = false;

  /**
   * @param rowsMax the most rows of the jobs that are taken together. A larger job is taken alone.
   */
  constructor(clock: Clock, rowsMax: number) {
    this.#clock = clock;
    this.#rowsMax = rowsMax;
  }

  /** Resolves with the result of a job. */
  submit(job: PushJob): Promise<PushOutcome> {
    if (this.#isClosed)
      return Promise.resolve({ kind: 'refused', reason: 'the exporter is stopping' });
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
        if (isWaiting)
          resolve({ kind: 'refused', reason: 'Kafka accepts no records at the moment' });
      });
      this.#waiting.add(waiting);
      this.#takers.shift()?.();
    });
  }

  /** Takes the next jobs. Empty when the queue is closed. */
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

  /** Closes the queue: refuses waiting and later jobs, and ends every `take`. */
  close(): void {
    this.#isClosed = true;
    for (const job of this.#waiting)
      job.resolve({ kind: 'refused', reason: 'the exporter is stopping' });
    this.#waiting.clear();
    for (const wake of this.#takers.splice(0)) wake();
  }
}
