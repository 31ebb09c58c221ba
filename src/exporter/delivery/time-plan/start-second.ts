import type { DataSource } from '../../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ReadingConfig } from '../../contract/exporter-config.ts';
import { type RecordSource, SourceError } from '../../source/source.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import type { TableWatch } from '../table-watch.ts';

/** What finding the start of a data source needs. */
export interface StartDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly source: Pick<RecordSource, 'earliest'>;
  readonly tables: Pick<TableWatch, 'get'>;
}

/**
 * Returns the second at which a data source starts. Undefined: the second is not known yet, or the
 * signal has aborted.
 */
export type StartOf = (dataSource: DataSource, signal: AbortSignal) => Promise<number | undefined>;

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
/** The first caller waits this long. A healthy source answers within this time. */
const FIRST_ANSWER_MS = 2_000;
const TABLE_POLL_MS = 100;

/**
 * Finds the start of data sources that were never exported, as `startFrom` defines it. `Earliest`
 * queries the source in the background once the table exists, and repeats until the source answers
 * or `ended` aborts. So no data source waits for another one.
 */
export function findStarts(
  deps: StartDeps,
  startFrom: ReadingConfig['clickHouse']['startFrom'],
  ended: AbortSignal,
): StartOf {
  const searches = new Map<DataSource, { second: number | undefined }>();
  return async (dataSource, signal) => {
    const now = Math.floor(deps.clock.now() / 1000);
    if (startFrom === 'Now') return now;
    if (startFrom !== 'Earliest') return Math.max(0, Math.floor(Date.parse(startFrom) / 1000));
    const known = searches.get(dataSource);
    if (known !== undefined) return known.second;
    const search: { second: number | undefined } = { second: undefined };
    searches.set(dataSource, search);
    const found = earliestSecond(deps, { dataSource, now }, ended).then((second) => {
      search.second = second;
    });
    await Promise.race([found, deps.clock.sleep(FIRST_ANSWER_MS, signal)]);
    return search.second;
  };
}

/**
 * The second of the oldest row, or `now` when there is no row. Undefined when `signal` aborts
 * first.
 */
async function earliestSecond(
  { clock, health, random, source, tables }: StartDeps,
  { dataSource, now }: { readonly dataSource: DataSource; readonly now: number },
  signal: AbortSignal,
): Promise<number | undefined> {
  const check = `start of ${dataSource}`;
  for (let attempt = 0; !signal.aborted; ) {
    // The table watch reports why this table cannot be read.
    if (tables.get(dataSource) === undefined) {
      await clock.sleep(TABLE_POLL_MS, signal);
      continue;
    }
    try {
      const second = (await source.earliest(dataSource)) ?? now;
      health.ok(check);
      return second;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      health.fail(check, error.problem);
      await clock.sleep(backoffMs(RETRY, attempt++, random()), signal);
    }
  }
  return undefined;
}
