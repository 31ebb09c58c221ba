import type { DataSource } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Memory } from '../../lib/buffer-pool.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { BatchFormat, BatchLimits } from '../encode/batch-builder.ts';
import type { PipelineSignals } from './stop-signals.ts';
import type { PreparedTable } from '../records/prepare-table.ts';
import type { RecordSource } from '../source/source.ts';
import type { ExporterMetrics } from '../status/metrics.ts';
import { BatchBytes } from '../producer/batch-bytes.ts';
import { exportRows, type Exported } from './export-rows.ts';
import { finalSecond } from './final-second.ts';
import type { OwnPartition, Plan } from '../progress/plan.ts';
import { Pauses } from './pauses.ts';
import { PlannedTracks } from './planned-schedules.ts';
import type { ProgressMessage } from '../progress/progress-message.ts';
import { progressSections } from '../progress/progress-sections.ts';
import { PLAN_SHARD } from './agree-on-plan.ts';
import { ProducerError, type RecordProducer } from '../producer/record-producer.ts';
import type { Tables } from './table-watch.ts';
import type { Step, Timing, Track } from '../schedule/reading-schedule.ts';

/** What a shard's loop needs. */
export interface ShardDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: ExporterMetrics;
  readonly source: RecordSource;
  readonly memory: Memory;
  readonly tables: Tables;
  /** False while the topic of a data source is known to be missing. */
  readonly hasTopic: (dataSource: DataSource) => boolean;
  readonly producer: RecordProducer;
  /** Waits for one of the places that bound how many shards export at once. */
  readonly place: <T>(work: () => Promise<T>) => Promise<T>;
  /** Reads the shard's partition of the checkpoint topic up to an opening; undefined when `signal` aborted first. */
  readonly readProgress: (
    opening: string,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
  /** A name that was never used before. */
  readonly newOpening: () => string;
  /** Called when the shard was taken over. */
  readonly onOpen: () => void;
  /** How time is shared and where it starts, once that is settled. */
  readonly plan: (own: OwnPartition, signal: AbortSignal) => Promise<Plan | undefined>;
}

/** Which shard, and how it exports. */
export interface ShardOptions {
  readonly shard: number;
  readonly dataSources: readonly DataSource[];
  readonly timing: Timing;
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
}

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
/** A shard that another exporter has taken is left to it for so long at least. */
const FENCED_MS = 10_000;
/** What failed or is not known yet is looked at so often. */
const POLL_MS = 200;
const SECOND_MS = 1_000;
/** How often a shard looks for what the plan lacks: a table may be missing for ever, and the plan's partition is megabytes. */
const PLAN_AGAIN: BackoffOptions = { initialMs: 1_000, maxMs: 30_000 };
/** Without rows, progress is committed this often: it only saves reading again after a restart. */
const IDLE_COMMIT_MS = 60_000;

/** Exports the share of one shard, from where the shard's partition says, until reading is to stop. */
export class ShardLoop {
  readonly #deps: ShardDeps;
  readonly #options: ShardOptions;
  #tracks: PlannedTracks;
  #plannedMs = 0;
  /** How often the plan was asked for again in vain. */
  #plannedAgain = 0;
  readonly #batchBytes: BatchBytes;
  readonly #pauses: Pauses;
  #committedMs = 0;
  #isOpen = false;
  #wasOpen = false;

  constructor(deps: ShardDeps, options: ShardOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#pauses = new Pauses(deps);
    this.#batchBytes = new BatchBytes(options.limits.bytes);
    this.#tracks = new PlannedTracks(options, []);
  }

  get shard(): number {
    return this.#options.shard;
  }

  /** True once the shard was taken over. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Second up to which a data source's settled rows are exported; undefined where the shard has no share of it. */
  nextOf(dataSource: DataSource): number | undefined {
    return this.#tracks.all.find((track) => track.dataSource === dataSource)?.next;
  }

  /** Runs until `stopReading` aborts, and ends what is under way unless `giveUp` aborts. */
  async run({ stopReading, giveUp }: PipelineSignals): Promise<void> {
    const { clock, logger, random } = this.#deps;
    let failures = 0;
    while (!stopReading.aborted) {
      try {
        if (!this.#isOpen && !(await this.#open(stopReading))) return;
        await this.#planAgain(stopReading);
        const isBusy = await this.#stepAll(stopReading, giveUp);
        failures = 0;
        if (!isBusy) await clock.sleep(this.#restMs(), stopReading);
      } catch (error) {
        if (!(error instanceof ProducerError)) throw error;
        this.#isOpen = false;
        // Another exporter has the shard: two that take it from each other at once come nowhere.
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

  /** Until something can be due: seconds settle when one is over. */
  #restMs(): number {
    const { clock, tables } = this.#deps;
    const isCalm = this.#tracks.all.every(
      ({ dataSource }) =>
        !this.#pauses.hasFailed(dataSource) && tables.get(dataSource) !== undefined,
    );
    return isCalm ? SECOND_MS - (clock.now() % SECOND_MS) : POLL_MS;
  }

  /** Takes the shard over, and reads what it has done. */
  async #open(signal: AbortSignal): Promise<boolean> {
    const { producer, readProgress } = this.#deps;
    if (!(await producer.open(signal))) return false;
    // What was committed before stands before this message, whatever the leader that is asked knows of its end.
    const opening = this.#deps.newOpening();
    await this.#commit([{ kind: 'opened', opening }]);
    const messages = await readProgress(opening, signal);
    if (messages === undefined) return false;
    this.#tracks = new PlannedTracks(this.#options, messages);
    this.#plannedAgain = 0;
    if (!(await this.#plan(this.#tracks, signal))) return false;
    this.#isOpen = true;
    this.#wasOpen = true;
    this.#deps.onOpen();
    return true;
  }

  /** Asks for the plan; false when `signal` aborted first. */
  async #plan(tracks: PlannedTracks, signal: AbortSignal): Promise<boolean> {
    const commit = async (added: readonly ProgressMessage[]): Promise<void> => {
      await this.#commit(added);
      tracks.note(added);
    };
    const plan = await this.#deps.plan({ messages: tracks.messages, commit }, signal);
    if (plan === undefined) return false;
    this.#plannedMs = this.#deps.clock.monotonicMs();
    tracks.follow(plan);
    return true;
  }

  /** Looks from time to time for what the plan lacked. */
  async #planAgain(signal: AbortSignal): Promise<void> {
    if (this.#tracks.isWhole) return;
    // The plan's own shard reads nothing for it, and behind a barrier time stands still.
    const isSoon = this.shard === PLAN_SHARD || this.#tracks.barrier !== undefined;
    const pauseMs = backoffMs(PLAN_AGAIN, isSoon ? 0 : this.#plannedAgain, this.#deps.random());
    if (this.#deps.clock.monotonicMs() - this.#plannedMs < pauseMs) return;
    this.#plannedAgain++;
    await this.#plan(this.#tracks, signal);
  }

  /** Does what is due for each data source; true when there was something. */
  async #stepAll(stopReading: AbortSignal, giveUp: AbortSignal): Promise<boolean> {
    const { clock, hasTopic, place, tables } = this.#deps;
    let isBusy = false;
    for (const track of this.#tracks.all) {
      if (stopReading.aborted || !this.#isOpen) break;
      if (this.#pauses.isPaused(track.dataSource)) continue;
      const step = track.due(clock.now() / 1000, this.#tracks.barrier);
      const table = tables.get(track.dataSource);
      if (table === undefined || !hasTopic(track.dataSource)) continue;
      if (step === undefined) {
        await this.#countTooLate(track, table, giveUp);
        continue;
      }
      try {
        await place(() => this.#step(track, { ...step, table }, giveUp));
      } catch (error) {
        // It shows when a batch is sent or, of the last ones, when the transaction is committed.
        if (!(error instanceof ProducerError)) throw error;
        if (error.isTooLarge) this.#batchBytes.lower(track.dataSource);
        if (!error.isOfTopic) throw error;
        await this.#giveUp(track.dataSource);
      }
      isBusy = true;
    }
    return isBusy;
  }

  async #step(
    track: Track,
    step: Step & { readonly table: PreparedTable },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, producer, source, tables, metrics } = this.#deps;
    const { dataSource, ledger } = track;
    let exported: Exported;
    let done: number | undefined;
    try {
      exported = await exportRows(
        {
          source,
          table: step.table,
          producer,
          ledger,
          limits: { ...this.#options.limits, bytes: this.#batchBytes.of(dataSource) },
          format: this.#options.format,
          memory: this.#deps.memory,
          signal,
        },
        { dataSource, window: step.window, isFinal: step.isFinal && step.kind === 'first' },
      );
      const { barrier } = this.#tracks;
      done = await finalSecond(
        this.#deps,
        { track, step, records: exported.records, barrier },
        signal,
      );
      tables.ok(dataSource);
      this.#pauses.ok(dataSource);
    } catch (error) {
      if (error instanceof ProducerError) {
        if (!error.isOfTopic) await producer.abort();
        throw error;
      }
      await this.#giveUp(dataSource);
      if (!signal.aborted) tables.fail(dataSource, error);
      return;
    }
    const rows = ledger.rowsIn(step.window.from, step.window.to) + exported.records;
    await this.#commitStep(track, exported, done);
    track.finish(step, clock.now() / 1000, done);
    if (step.isFinal && step.kind === 'again') {
      track.tooLate.add(step.window, rows + exported.unknown, clock.now() / 1000);
    }
    // Rows that cannot be told from others are found by each look, and counted by the last one.
    const unknown = step.isFinal ? exported.unknown : 0;
    if (step.kind === 'again') metrics.lateRows(dataSource, exported.records, unknown);
  }

  /** Commits what a step has sent, and the second before which everything is final then. */
  async #commitStep(track: Track, exported: Exported, done: number | undefined): Promise<void> {
    const { ledger } = track;
    const { rows, columns, records } = exported;
    // What becomes final in the same transaction needs not be remembered.
    const messages =
      done === undefined ? ledger.messagesOf(rows, columns) : ledger.messagesOfDone(done);
    const isIdle = records === 0 && messages.every(({ kind }) => kind === 'done');
    if (messages.length === 0 && records === 0) return;
    const elapsedMs = this.#deps.clock.monotonicMs() - this.#committedMs;
    if (!isIdle || elapsedMs >= IDLE_COMMIT_MS) await this.#commit(messages);
    for (const message of messages) ledger.apply(message);
  }

  async #commit(messages: readonly ProgressMessage[]): Promise<void> {
    const { clock, producer } = this.#deps;
    await producer.commit(progressSections(messages, clock.now()));
    this.#committedMs = clock.monotonicMs();
  }

  /** What came when nobody looked any more: only counted, and only if the source answers. */
  async #countTooLate(track: Track, table: PreparedTable, signal: AbortSignal): Promise<void> {
    const { clock, metrics, source } = this.#deps;
    const final = track.tooLate.takeDue(clock.now() / 1000);
    if (final === undefined) return;
    const request = { dataSource: track.dataSource, where: table.where, window: final.window };
    const counts = await source.counts(request, signal).catch(() => new Map<number, number>());
    const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
    metrics.tooLateRows(track.dataSource, Math.max(0, rows - final.rows));
  }

  /** Gives up what is under way for a data source, which is left alone for a while; the others go on. */
  async #giveUp(dataSource: DataSource): Promise<void> {
    const isWhole = await this.#deps.producer.abort();
    this.#pauses.fail(dataSource);
    if (!isWhole) this.#isOpen = false;
  }
}
