import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { RecordEncoder } from '../encode/compile-encoder.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';
import { bindByPartition, type RowGroups } from '../shard/group-rows.ts';
import { ProducerError, type RecordProducer } from '../shard/record-producer.ts';
import { BatchFiller, type BatchOptions, type FilledBatch, type Place } from './batch-filler.ts';
import type { PushQueue, WaitingJob } from './push-queue.ts';

/** What a lane needs. */
export interface PushLaneDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: PushQueue;
  /** Makes the lane's producer, which tells of records that their topic will never take. */
  readonly createProducer: (onTooLarge: (batch: EncodedBatch) => void) => RecordProducer;
  /** Called when the lane can send, first and after a failure. */
  readonly onOpen: () => void;
  /** Aborts when nothing is to be waited for any more. */
  readonly giveUp: AbortSignal;
}

/** For so long a group of jobs is tried, until a transaction of it is to be committed. */
export const SEND_MS = 20_000;
/** So long a failure shows before the lane is tried again. */
const RECOVER_MS = 3_000;
/** No batch is made smaller than this to fit a topic. */
const LIMIT_BYTES_MIN = 512;

/** Puts the jobs of a queue into Kafka, those that wait together in one transaction, one after the other. */
export class PushLane {
  readonly #deps: PushLaneDeps;
  readonly #options: BatchOptions;
  readonly #producer: RecordProducer;
  readonly #limitBytes = new Map<DataSource, number>();
  /** Where the only record of a batch comes from. */
  #single = new Map<EncodedBatch, Place>();
  #tooLarge: Place[] = [];
  #isOpen = false;

  constructor(deps: PushLaneDeps, options: BatchOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#producer = deps.createProducer((batch) => {
      const place = this.#single.get(batch);
      if (place !== undefined) this.#tooLarge.push(place);
    });
  }

  /** Runs until the queue is closed and empty, or nothing is to be waited for any more. */
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

  /** Tries a group of jobs until its time is over, or nobody knows what a try came to. */
  async #deliver(jobs: readonly WaitingJob[]): Promise<void> {
    const { clock, giveUp, logger } = this.#deps;
    const deadline = new AbortController();
    const cancel = clock.after(SEND_MS, () => {
      deadline.abort();
    });
    const signal = AbortSignal.any([deadline.signal, giveUp]);
    for (;;) {
      try {
        await this.#transaction(jobs);
        cancel();
        for (const job of jobs) {
          const places = this.#tooLarge.filter((place) => place.job === job);
          job.resolve({ kind: 'stored', tooLarge: places.map(({ row }) => row) });
        }
        return;
      } catch (error) {
        this.#isOpen = (await this.#producer.abort()) && this.#isOpen;
        if (!(error instanceof ProducerError)) throw error;
        logger.warn({ err: error, requests: jobs.length }, 'pushed records were not delivered');
        const mayRepeat = !error.isUncertain && !signal.aborted;
        if (mayRepeat && (this.#isOpen || (await this.#open(signal)))) continue;
        cancel();
        this.#isOpen = false;
        const kind = error.isUncertain ? 'uncertain' : 'refused';
        for (const job of jobs) job.resolve({ kind, reason: error.message });
        return;
      }
    }
  }

  async #transaction(jobs: readonly WaitingJob[]): Promise<void> {
    this.#single = new Map();
    this.#tooLarge = [];
    for (const [table, own] of Map.groupBy(jobs, (job) => job.table)) {
      const { dataSource } = table;
      try {
        await table.withEncoder(async (encoder) => {
          const limits = { ...this.#options.limits, bytes: this.#limitOf(dataSource) };
          const filler = new BatchFiller({ dataSource, encoder }, { ...this.#options, limits });
          let partition: number | undefined;
          const send = async (filled: FilledBatch | undefined): Promise<void> => {
            if (filled === undefined) return;
            if (filled.batch.records === 1) this.#single.set(filled.batch, filled.last);
            await this.#producer.send(filled.batch, partition);
          };
          const bind = await this.#binder(dataSource, encoder);
          for (const job of own) {
            const { rows, groups } = bind(job.batch);
            let place = 0;
            for (const group of groups) {
              if (group.partition !== partition) await send(filler.take());
              ({ partition } = group);
              for (; place < group.end; place++) {
                const filled = filler.add({ job, row: rows?.[place] ?? place }, place);
                if (filled !== undefined) await send(filled);
              }
            }
          }
          await send(filler.take());
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
        jobs.map(({ table }) => table.dataSource),
      );
      throw error;
    }
  }

  /** Binds an encoder to all rows of a job: in their order or, with keys, partition after partition. */
  async #binder(
    dataSource: DataSource,
    encoder: RecordEncoder,
  ): Promise<(batch: RecordBatch) => Pick<RowGroups, 'groups'> & Partial<RowGroups>> {
    if (encoder.keys === undefined) {
      return (batch) => {
        encoder.bind(batch);
        return { groups: [{ partition: undefined, end: batch.numRows }] };
      };
    }
    const partitioner = await this.#producer.partitioner(dataSource);
    return (batch) => {
      const rows = Array.from({ length: batch.numRows }, (_, row) => row);
      return bindByPartition(encoder, { batch, rows }, partitioner);
    };
  }

  #limitOf(dataSource: DataSource): number {
    return this.#limitBytes.get(dataSource) ?? this.#options.limits.bytes;
  }

  /** A topic that takes no batch of this size may take half of it. */
  #noteTooLarge(error: unknown, dataSources: readonly DataSource[]): void {
    if (!(error instanceof ProducerError) || !error.isTooLarge) return;
    for (const dataSource of new Set(dataSources)) {
      const half = Math.floor(this.#limitOf(dataSource) / 2);
      this.#limitBytes.set(dataSource, Math.max(LIMIT_BYTES_MIN, half));
    }
  }
}
