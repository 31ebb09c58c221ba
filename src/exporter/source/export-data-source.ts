import { isDeepStrictEqual } from 'node:util';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { PipelineSignals } from '../pipeline-signals.ts';
import { ColumnTypeError } from '../encode/column-type-error.ts';
import type { HealthBoard } from '../status/health-board.ts';
import type { Batcher } from '../delivery/batcher.ts';
import type { Progress } from '../delivery/progress.ts';
import { planWindow } from './plan-window.ts';
import { type RecordSource, SourceError } from './source.ts';

/** What the loop of one data source needs. */
export interface ExportDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly source: RecordSource;
  readonly progress: Progress;
  /** Compiles the reading of a table that has these columns. */
  readonly prepare: (available: ReadonlyMap<string, string>) => Prepared;
  /** Called when the cursor may have moved without an acknowledgement, as empty windows do. */
  readonly onProgress: () => void;
}

/** What is read of a table, and where its rows go. */
export interface Prepared {
  readonly columns: readonly string[];
  /** A condition on the rows; absent: all rows. */
  readonly where?: string | undefined;
  readonly batcher: Batcher;
}

/** What is read, and when. */
export interface ExportOptions {
  readonly dataSource: DataSource;
  readonly settleSeconds: number;
}

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
const POLL_MS = 1_000;
/** How often a table is looked at while all is well. */
const LOOK_AGAIN_MS = 60_000;
/** Every table has it. */
const TIME_COLUMN = 'time';

/**
 * Reads one settled window after the other into batches, from the cursor of `progress` on, until
 * reading is to stop, and hands on what it has then; the window under way is still finished. A window that cannot be read to its end is read again from its start.
 */
export async function exportDataSource(
  deps: ExportDeps,
  options: ExportOptions,
  signals: PipelineSignals,
): Promise<void> {
  const { clock, health, progress } = deps;
  const { dataSource, settleSeconds } = options;
  const check = `source ${dataSource}`;
  const { stopReading, giveUp } = signals;
  health.expect(check);
  let cursor = progress.cursor;
  let table: FoundTable | undefined;
  let lookAtMs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  while (!stopReading.aborted) {
    try {
      if (table === undefined || clock.monotonicMs() >= lookAtMs) {
        table = await lookAgain(deps, dataSource, table);
        lookAtMs = clock.monotonicMs() + LOOK_AGAIN_MS;
      }
      const { columns, where, batcher } = table.prepared;
      const window = planWindow(cursor, clock.now() / 1000, settleSeconds);
      if (window !== undefined) {
        const request = { dataSource, columns, where, window };
        for await (const batch of deps.source.read(request, giveUp)) {
          await batcher.addRows(batch);
        }
        cursor = window.to;
        progress.windowRead(cursor);
        deps.onProgress();
      }
      health.ok(check);
      failures = 0;
      if (window === undefined) await clock.sleep(POLL_MS, stopReading);
    } catch (error) {
      health.fail(check, problemOf(error, dataSource));
      lookAtMs = Number.NEGATIVE_INFINITY;
      await clock.sleep(backoffMs(RETRY, failures++, deps.random()), stopReading);
    }
  }
  await table?.prepared.batcher.flush();
}

/** A table as it was when it was last looked at. */
interface FoundTable {
  readonly available: ReadonlyMap<string, string>;
  readonly prepared: Prepared;
}

/**
 * Asks the table for its columns, since servers of other versions have others and an upgrade changes them, and
 * prepares anew what is read when they are not those of before. A table that is missing has none: the check
 * then says so.
 */
async function lookAgain(
  deps: ExportDeps,
  dataSource: DataSource,
  before: FoundTable | undefined,
): Promise<FoundTable> {
  const available = await deps.source.columns(dataSource);
  if (available.size === 0) await deps.source.check(dataSource, [TIME_COLUMN]);
  let found = before;
  if (found === undefined || !isDeepStrictEqual(available, found.available)) {
    await found?.prepared.batcher.flush();
    found = { available, prepared: deps.prepare(available) };
  }
  await deps.source.check(dataSource, found.prepared.columns, found.prepared.where);
  return found;
}

function problemOf(error: unknown, dataSource: DataSource): SourceError['problem'] {
  if (error instanceof SourceError) return error.problem;
  if (!(error instanceof ColumnTypeError)) throw error;
  const remedy = 'leave its field out of spec.exportFields, or update the exporter';
  return { reason: 'ClickHouseError', message: `${dataSource}: ${error.message}; ${remedy}` };
}
