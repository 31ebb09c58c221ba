import type { Clock } from '../../../lib/clock.ts';
import type { RecordSource } from '../../source/source.ts';
import type { Step, ReadingSchedule } from '../../schedule/reading-schedule.ts';

/** A step that was read and is not committed yet. */
interface ReadStep {
  readonly schedule: ReadingSchedule;
  readonly step: Step;
  /** Records that the step sends. */
  readonly records: number;
  /** The shard reads nothing from this second on for now. Undefined: there is no such second. */
  readonly barrier: number | undefined;
}

/**
 * The second before which everything is final once a step is done. Undefined: the step makes
 * nothing final. The second is the end of the step. After a step without rows, it is the second of
 * the next stored row, which can be years later. Seconds that are not final are never skipped.
 *
 * @throws SourceError
 */
export async function finalSecond(
  { clock, source }: { readonly clock: Clock; readonly source: RecordSource },
  { schedule, step, records, barrier }: ReadStep,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!step.isFinal) return undefined;
  const { to } = step.window;
  // The limit is computed before the query, so the query sees every row of the seconds that are
  // final at that moment.
  const limit = records > 0 ? undefined : schedule.skipLimit(step, clock.now() / 1000, barrier);
  if (limit === undefined || !schedule.searches.take()) return to;
  const next = await source.nextRow(schedule.dataSource, to, signal);
  const second = Math.max(to, Math.min(next ?? limit, limit));
  schedule.searches.searched(schedule.spansBlock(to, second));
  return second;
}
