import type { DataSource } from '../../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { BatchFormat, BatchLimits } from '../../encode/batch-builder.ts';
import { BatchBytes } from '../../producer/batch-bytes.ts';
import { ProducerError } from '../../producer/record-producer.ts';
import { STEP_TARGET_MS } from '../../producer/transaction-times.ts';
import { ProgressCommits } from '../step/progress-commits.ts';
import {
  countTooLate,
  type DueStep,
  finishStep,
  type SentStep,
  sendStep,
  type StepDeps,
} from '../step/export-step.ts';
import { Pauses } from './pauses.ts';
import type { ReadingOptions } from './planned-readings.ts';
import type { StopSignals } from '../stop-signals.ts';
import type { TableWatch } from '../table-watch.ts';
import { type TakenShard, type TakeoverDeps, takeShardOver } from './taken-shard.ts';

/** What a shard's loop needs. */
export interface ShardDeps extends Omit<TakeoverDeps & StepDeps, 'commits'> {
  readonly logger: Logger;
  readonly tables: TableWatch;
  /** False while the topic of a data source is known to be missing. */
  readonly hasTopic: (dataSource: DataSource) => boolean;
  /** Runs work when fewer shards export than the limit allows. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** Called when the shard was taken over. */
  readonly onOpen: () => void;
}

/** Which shard, and how it exports. */
export interface ShardOptions extends ReadingOptions {
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
}

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
/** When another exporter has taken the shard over, this exporter waits at least this long. */
const FENCED_MS = 10_000;
/** How often the loop checks again while something has failed or is not known yet. */
const POLL_MS = 200;
const SECOND_MS = 1_000;

/**
 * Exports the share of one shard, starting at the progress in the shard's partition, until reading
 * stops.
 */
export class ShardLoop {
  readonly #deps: ShardDeps & { readonly commits: ProgressCommits };
  readonly #options: ShardOptions;
  readonly #batchBytes: BatchBytes;
  readonly #pauses: Pauses;
  /** The most bytes that a window of a data source had. */
  readonly #windowBytes = new Map<DataSource, number>();
  #taken: TakenShard | undefined = undefined;
  #isOpen = false;
  #wasOpen = false;

  constructor(deps: ShardDeps, options: ShardOptions) {
    this.#deps = { ...deps, commits: new ProgressCommits(deps) };
    this.#options = options;
    this.#pauses = new Pauses(deps);
    this.#batchBytes = new BatchBytes(options.limits.bytes);
  }

  get shard(): number {
    return this.#options.shard;
  }

  /** True once the shard was taken over. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /**
   * The second up to which the settled rows of a data source are exported. Undefined when the shard
   * has no share of the data source.
   */
  nextOf(dataSource: DataSource): number | undefined {
    return this.#taken?.readings.nextOf(dataSource);
  }

  /** Runs until `stopReading` aborts, and completes the current step unless `giveUp` aborts. */
  async run({ stopReading, giveUp }: StopSignals): Promise<void> {
    const { clock, logger, random } = this.#deps;
    let failures = 0;
    while (!stopReading.aborted) {
      try {
        const taken = await this.#open(stopReading);
        if (taken === undefined) return;
        await taken.planAgain(stopReading);
        const isBusy = await this.#stepAll(taken, stopReading, giveUp);
        failures = 0;
        if (!isBusy) await clock.sleep(this.#restMs(taken), stopReading);
      } catch (error) {
        if (!(error instanceof ProducerError)) throw error;
        this.#isOpen = false;
        // Another exporter owns the shard. Two exporters that take it from each other at once make
        // no progress.
        if (error.isFenced) await clock.sleep(FENCED_MS * (1 + random()), stopReading);
        logger[failures === 0 ? 'debug' : 'warn'](
          { shard: this.#options.shard, err: error },
          'a transaction failed',
        );
        await clock.sleep(backoffMs(RETRY, failures++, random()), stopReading);
      }
    }
    await this.#deps.producer.abort();
  }

  /**
   * Returns the shard, and takes it over first if this exporter does not own it. Undefined when
   * `signal` aborted first.
   */
  async #open(signal: AbortSignal): Promise<TakenShard | undefined> {
    if (this.#isOpen) return this.#taken;
    const taken = await takeShardOver(this.#deps, this.#options, signal);
    if (taken === undefined) return undefined;
    this.#taken = taken;
    if (!(await taken.plan(signal))) return undefined;
    this.#isOpen = true;
    this.#wasOpen = true;
    this.#deps.onOpen();
    return taken;
  }

  /** Milliseconds until a step can be due: at most until the next full second, since seconds settle only then. */
  #restMs({ readings }: TakenShard): number {
    const { clock, tables } = this.#deps;
    const isCalm = readings.all.every(
      ({ schedule: { dataSource } }) =>
        !this.#pauses.hasFailed(dataSource) && tables.get(dataSource) !== undefined,
    );
    return isCalm ? SECOND_MS - (clock.now() % SECOND_MS) : POLL_MS;
  }

  /** Does the steps that are due for each data source. True when there was one. */
  async #stepAll(
    { readings }: TakenShard,
    stopReading: AbortSignal,
    giveUp: AbortSignal,
  ): Promise<boolean> {
    const { clock, hasTopic, limit, tables } = this.#deps;
    let isBusy = false;
    for (const reading of readings.all) {
      const { dataSource } = reading.schedule;
      if (stopReading.aborted || !this.#isOpen) break;
      if (this.#pauses.isPaused(dataSource)) continue;
      const { barrier } = readings;
      const step = reading.schedule.due(clock.now() / 1000, barrier);
      const table = tables.get(dataSource);
      if (table === undefined || !hasTopic(dataSource)) continue;
      if (step === undefined) {
        await countTooLate(this.#deps, { reading, table }, giveUp);
        continue;
      }
      try {
        await limit(() => this.#step({ reading, step, table, barrier }, { stopReading, giveUp }));
      } catch (error) {
        // The error appears when a batch is sent or, for the last batches, when the transaction is
        // committed.
        if (!(error instanceof ProducerError)) throw error;
        if (error.isTooLarge && !error.isOfProgress) this.#batchBytes.lower(dataSource);
        if (!error.isOfTopic) throw error;
        await this.#giveUp(dataSource);
      }
      isBusy = true;
    }
    return isBusy;
  }

  async #step(due: DueStep, { stopReading, giveUp: signal }: StopSignals): Promise<void> {
    const { clock, producer, tables } = this.#deps;
    // The step may have waited for other shards meanwhile.
    if (stopReading.aborted) return;
    const { reading, step } = due;
    const { dataSource } = reading.schedule;
    const endMs = clock.monotonicMs() + STEP_TARGET_MS;
    let sent: SentStep;
    try {
      sent = await sendStep(this.#deps, due, {
        limits: { ...this.#options.limits, bytes: this.#batchBytes.of(dataSource) },
        format: this.#options.format,
        windowBytes: this.#windowBytes.get(dataSource),
        mayGoOn: () => !stopReading.aborted && clock.monotonicMs() < endMs,
        signal,
      });
      tables.ok(dataSource);
      this.#pauses.ok(dataSource);
    } catch (error) {
      // The next try can be committed in parts.
      this.#windowBytes.delete(dataSource);
      if (error instanceof ProducerError) {
        if (!error.isOfTopic) await producer.abort();
        throw error;
      }
      await this.#giveUp(dataSource);
      if (!signal.aborted) tables.fail(dataSource, error);
      return;
    }
    const { bytes, isComplete } = sent.exported;
    const largest = Math.max(bytes, this.#windowBytes.get(dataSource) ?? 0);
    // An empty window says nothing about the next one.
    if (largest > 0) this.#windowBytes.set(dataSource, largest);
    // Otherwise the same step is due again, and sends the rest.
    if (isComplete) await finishStep(this.#deps, reading, { ...sent, step });
  }

  /**
   * Aborts the current step of a data source and pauses the data source. The other data sources
   * continue.
   */
  async #giveUp(dataSource: DataSource): Promise<void> {
    const isWhole = await this.#deps.producer.abort();
    this.#pauses.fail(dataSource);
    if (!isWhole) this.#isOpen = false;
  }
}
