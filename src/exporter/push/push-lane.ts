import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Memory } from '../../lib/buffer-pool.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { BatchFormat, BatchLimits } from '../encode/batch-builder.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';
import { BatchBytes } from '../producer/batch-bytes.ts';
import {
  type OnRejected,
  ProducerError,
  type RecordProducer,
  type RejectReason,
} from '../producer/record-producer.ts';
import { RowFiller, type RowPlace } from '../producer/row-filler.ts';
import type { PushQueue, WaitingJob } from './push-queue.ts';
import { PUSH_BUDGET_MS } from '../producer/transaction-times.ts';

/** What a lane needs. */
export interface PushLaneDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: PushQueue;
  readonly memory: Memory;
  /**
   * Makes the lane's producer, which calls `onRejected` for records that their topic refuses, with
   * their places in the batch.
   */
  readonly createProducer: (onRejected: OnRejected) => RecordProducer;
  /** Called when the lane can send, at the start and after a failure. */
  readonly onOpen: () => void;
  /** Aborts when the lane must stop waiting. */
  readonly giveUp: AbortSignal;
}

/** How a lane makes batches. */
export interface PushLaneOptions {
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
}

const TOO_SLOW = 'Kafka accepts the records too slowly at the moment';
/** How long a lane waits after a failure, so that the status shows it. */
const RECOVER_MS = 3_000;

/**
 * Sends the jobs of a queue to Kafka. Jobs that wait together share a transaction, and transactions
 * follow one after the other.
 */
export class PushLane {
  readonly #deps: PushLaneDeps;
  readonly #options: PushLaneOptions;
  readonly #producer: RecordProducer;
  readonly #batchBytes: BatchBytes;
  /** The rows of the batches of the current transaction. */
  #sent = new Map<EncodedBatch, readonly RowPlace[]>();
  #rejected: (RowPlace & { readonly reason: RejectReason })[] = [];
  #isOpen = false;

  constructor(deps: PushLaneDeps, options: PushLaneOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#batchBytes = new BatchBytes(options.limits.bytes);
    this.#producer = deps.createProducer((batch, places, reason) => {
      const rows = this.#sent.get(batch) ?? [];
      this.#rejected.push(
        ...places.flatMap((place) => rows[place] ?? []).map((row) => ({ ...row, reason })),
      );
    });
  }

  /** Runs until the queue is closed and empty, or until `giveUp` aborts. */
  async run(): Promise<void> {
    const { clock, giveUp, queue } = this.#deps;
    for (;;) {
      if (!this.#isOpen && !(await this.#open(giveUp))) return;
      const jobs = await queue.take();
      if (jobs.length === 0) break;
      await this.#deliver(jobs);
      if (!this.#isOpen) await clock.sleep(RECOVER_MS, giveUp);
    }
    await this.#producer.abort();
  }

  async #open(signal: AbortSignal): Promise<boolean> {
    this.#isOpen = await this.#producer.open(signal);
    if (this.#isOpen) this.#deps.onOpen();
    return this.#isOpen;
  }

  /**
   * Tries a group of jobs until all are stored, until its time is over, or until the result of a
   * try is unknown.
   */
  async #deliver(jobs: readonly WaitingJob[]): Promise<void> {
    const { clock, giveUp, logger } = this.#deps;
    const deadline = new AbortController();
    const cancel = clock.after(PUSH_BUDGET_MS, () => {
      deadline.abort();
    });
    const signal = AbortSignal.any([deadline.signal, giveUp]);
    const left = new Set(jobs);
    while (left.size > 0) {
      try {
        for (const job of await this.#transaction([...left])) {
          left.delete(job);
          const own = this.#rejected.filter(({ columns }) => columns === job.batch);
          job.resolve({
            kind: 'stored',
            rejected: own.map(({ row, reason }) => ({ row, reason })),
          });
        }
        if (!signal.aborted) continue;
        for (const job of left) job.resolve({ kind: 'refused', reason: TOO_SLOW });
        break;
      } catch (error) {
        this.#isOpen = (await this.#producer.abort()) && this.#isOpen;
        if (!(error instanceof ProducerError)) throw error;
        logger.warn({ err: error, requests: left.size }, 'pushed records were not delivered');
        const mayRepeat = !error.isUncertain && !signal.aborted;
        if (mayRepeat && (this.#isOpen || (await this.#open(signal)))) continue;
        this.#isOpen = false;
        const kind = error.isUncertain ? 'uncertain' : 'refused';
        for (const job of left) job.resolve({ kind, reason: error.message });
        break;
      }
    }
    cancel();
  }

  /**
   * Stores the first jobs, by data source, until the transaction is full. Returns them. A job is
   * never stored in parts.
   */
  async #transaction(jobs: readonly WaitingJob[]): Promise<readonly WaitingJob[]> {
    this.#sent = new Map();
    this.#rejected = [];
    const sent: WaitingJob[] = [];
    for (const [table, own] of Map.groupBy(jobs, (job) => job.table)) {
      if (sent.length > 0 && this.#producer.isFull()) break;
      const { dataSource } = table;
      try {
        await table.withEncoder(async (encoder) => {
          const limits = { ...this.#options.limits, bytes: this.#batchBytes.of(dataSource) };
          const onFilled = (batch: EncodedBatch, rows: readonly RowPlace[]): void => {
            this.#sent.set(batch, rows);
          };
          const { memory } = this.#deps;
          const parts = { ...this.#options, limits, memory, producer: this.#producer, onFilled };
          const filler = new RowFiller(parts, dataSource, encoder);
          for (const job of own) {
            await filler.addBatch(job.batch, undefined);
            sent.push(job);
            if (this.#producer.isFull()) break;
          }
          await filler.flush();
        });
      } catch (error) {
        this.#noteTooLarge(error, [dataSource]);
        throw error;
      }
    }
    try {
      await this.#producer.commit([]);
    } catch (error) {
      this.#noteTooLarge(
        error,
        sent.map(({ table }) => table.dataSource),
      );
      throw error;
    }
    return sent;
  }

  /** A topic that rejects a batch of this size may accept half of it. */
  #noteTooLarge(error: unknown, dataSources: readonly DataSource[]): void {
    if (!(error instanceof ProducerError) || !error.isTooLarge) return;
    for (const dataSource of new Set(dataSources)) this.#batchBytes.lower(dataSource);
  }
}
