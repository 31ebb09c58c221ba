import type { DataSource } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ReadingConfig } from '../contract/exporter-config.ts';
import { type RecordSource, SourceError } from '../source/source.ts';
import type { HealthBoard } from '../status/health-board.ts';

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };

/**
 * The second from which a data source that was never exported is exported, by `startFrom`. `Earliest` asks
 * the source, again and again until it answers; undefined when `signal` aborts first.
 */
export async function startSecond(
  deps: {
    readonly clock: Clock;
    readonly random: () => number;
    readonly health: HealthBoard;
    readonly source: RecordSource;
  },
  request: {
    readonly dataSource: DataSource;
    readonly startFrom: ReadingConfig['clickHouse']['startFrom'];
  },
  signal: AbortSignal,
): Promise<number | undefined> {
  const { startFrom } = request;
  const now = Math.floor(deps.clock.now() / 1000);
  if (startFrom === 'Now') return now;
  if (startFrom !== 'Earliest') return Math.max(0, Math.floor(Date.parse(startFrom) / 1000));
  const check = `source ${request.dataSource}`;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return (await deps.source.earliest(request.dataSource)) ?? now;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      deps.health.fail(check, error.problem);
      await deps.clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
    }
  }
  return undefined;
}
