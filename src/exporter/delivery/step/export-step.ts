import type { Memory } from '../../../lib/buffer-pool.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { BatchFormat, BatchLimits } from '../../encode/batch-builder.ts';
import type { RecordProducer } from '../../producer/record-producer.ts';
import type { PreparedTable } from '../../records/prepare-table.ts';
import type { Step } from '../../schedule/reading-schedule.ts';
import type { RecordSource } from '../../source/source.ts';
import type { ExporterMetrics } from '../../status/metrics.ts';
import type { ProgressCommits } from './progress-commits.ts';
import { exportRows, type Exported } from './export-rows.ts';
import { finalSecond } from './final-second.ts';
import type { PlannedReading } from '../shard/planned-readings.ts';

/** What a step needs. */
export interface StepDeps {
  readonly clock: Clock;
  readonly metrics: ExporterMetrics;
  readonly source: RecordSource;
  readonly memory: Memory;
  readonly producer: RecordProducer;
  readonly commits: ProgressCommits;
}

/** How a step is sent. */
export interface StepOptions {
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
  /** The most bytes that a window of the data source had. Undefined: it had none yet. */
  readonly windowBytes: number | undefined;
  /** False: the step should end after the transaction that is being sent. */
  readonly mayGoOn: () => boolean;
  readonly signal: AbortSignal;
}

/** A step that is due. */
export interface DueStep {
  readonly reading: PlannedReading;
  readonly step: Step;
  readonly table: PreparedTable;
  /** The shard reads nothing from this second on for now. Undefined: there is no such second. */
  readonly barrier: number | undefined;
}

/**
 * What a step has sent and not committed, and the second before which the step makes everything
 * final.
 */
export interface SentStep {
  readonly exported: Exported;
  readonly done: number | undefined;
}

/** A window may have this many times the bytes of the largest window before it. */
const WINDOW_GROWTH = 4;

/**
 * Reads the rows of a step and sends those that were not sent before. If they do not fit into one
 * transaction, it commits them in parts.
 *
 * @throws SourceError, ProducerError
 */
export async function sendStep(
  deps: StepDeps,
  { reading, step, table, barrier }: DueStep,
  options: StepOptions,
): Promise<SentStep> {
  const { schedule, sentRows } = reading;
  const { dataSource } = schedule;
  const { windowBytes = Infinity, mayGoOn, signal } = options;
  const fits = windowBytes * WINDOW_GROWTH <= deps.producer.size.bytes;
  const exported = await exportRows(
    { ...deps, ...options, table, sentRows },
    {
      dataSource,
      window: step.window,
      isWhole: step.isFinal && step.kind === 'first' && fits,
      commitPart: async (part) => {
        await deps.commits.commitStep(sentRows, part, undefined);
        if (step.kind === 'again') deps.metrics.lateRows(dataSource, part.records, 0);
        return mayGoOn();
      },
    },
  );
  if (!exported.isComplete) return { exported, done: undefined };
  const records = exported.committed + exported.records;
  const done = await finalSecond(deps, { schedule, step, records, barrier }, signal);
  return { exported, done };
}

/**
 * Commits what a step has sent, and moves the reading schedule on.
 *
 * @throws ProducerError
 */
export async function finishStep(
  { clock, commits, metrics }: StepDeps,
  { schedule, sentRows }: PlannedReading,
  { step, exported, done }: SentStep & { readonly step: Step },
): Promise<void> {
  const rows = sentRows.rowsIn(step.window.from, step.window.to) + exported.records;
  await commits.commitStep(sentRows, exported, done);
  schedule.finish(step, clock.now() / 1000, done);
  if (step.kind !== 'again') return;
  if (step.isFinal) {
    schedule.tooLate.add(step.window, rows + exported.unknown, clock.now() / 1000);
  }
  // Each reading finds the same rows that cannot be distinguished from sent rows, so only the last
  // reading counts them.
  const unknown = step.isFinal ? exported.unknown : 0;
  metrics.lateRows(schedule.dataSource, exported.records, unknown);
}

/** Counts rows that came too late, if a count is due and the source answers. */
export async function countTooLate(
  { clock, metrics, source }: StepDeps,
  { reading, table }: Pick<DueStep, 'reading' | 'table'>,
  signal: AbortSignal,
): Promise<void> {
  const { dataSource, tooLate } = reading.schedule;
  const final = tooLate.takeDue(clock.now() / 1000);
  if (final === undefined) return;
  const request = { dataSource, where: table.where, window: final.window };
  const counts = await source.counts(request, signal).catch(() => new Map<number, number>());
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  metrics.tooLateRows(dataSource, Math.max(0, rows - final.rows));
}
