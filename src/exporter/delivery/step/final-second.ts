import type { Clock } from '../../../lib/clock.ts';
import type { RecordSource } from '../../source/source.ts';
import type { Step, ReadingSchedule } from '../../schedule/reading-schedule.ts';

/** A step that was read and is not committed yet. */
interface ReadStep {
  readonly schedule: ReadingSchedule;
  readonly step: Step;
  /** Records that it sends. */
  readonly records: number;
  /** The second from which on the shard reads nothing for now; undefined: none. */
  readonly barrier: number | undefined;
}

/**
 * The second before which everything is final once a step is done; undefined: it makes nothing final. It is the step's end,
 * or where there was no row the second of the next one that is stored, which may lie years ahead: skipped is only time
 * of which no row can come any more.
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
  // Taken before the source is asked: of what is final then, the answer knows every row.
  const limit = records > 0 ? undefined : schedule.skipLimit(step, clock.now() / 1000, barrier);
  if (limit === undefined || !schedule.searches.take()) return to;
  const next = await source.nextRow(schedule.dataSource, to, signal);
  const second = Math.max(to, Math.min(next ?? limit, limit));
  schedule.searches.searched(schedule.spansBlock(to, second));
  return second;
}
