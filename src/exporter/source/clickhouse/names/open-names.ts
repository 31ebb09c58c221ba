import type { Clock } from '../../../../lib/clock.ts';
import type { Logger } from '../../../../lib/logger.ts';
import type { ReadingConfig } from '../../../contract/exporter-config.ts';
import { type NameWatch, NO_NAMES } from '../../../encode/values/name-tables.ts';
import { namesOptions } from './names-options.ts';
import type { ReadBatches } from '../rows/read-batches.ts';
import type { NamesReading } from './read-names.ts';
import { watchNames } from './watch-names.ts';
import type { HealthBoard } from '../../../status/health-board.ts';
import type { ExporterMetrics } from '../../../status/metrics.ts';

/** What opening needs. */
export interface OpenNamesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: Pick<ExporterMetrics, 'namesRead'>;
  readonly read: ReadBatches;
}

/** The check fails while records wait for the names of their resources. */
const CHECK = 'names of resources';

/**
 * Reads the names of resources that a configuration needs, and keeps them up to date until `signal`
 * aborts. Without translation and labels nothing is read. A problem with a dictionary is counted,
 * and logged when it starts and when it ends. After the first reading, records are exported with
 * the names that are available.
 */
export async function openNames(
  deps: OpenNamesDeps,
  config: ReadingConfig,
  signal: AbortSignal,
): Promise<NameWatch> {
  const options = namesOptions(config);
  if (options === undefined) return { tables: () => NO_NAMES };
  const { clock, health, random, read } = deps;
  let told = new Map<string, string>();
  let isWaiting = true;
  const report = (reading: NamesReading): void => {
    const now = new Map(
      reading.failures.map(({ dictionary, problem }) => [dictionary, problem.message]),
    );
    for (const [dictionary, problem] of now) {
      if (told.get(dictionary) !== problem)
        deps.logger.warn(
          { dictionary, problem },
          'a dictionary cannot be read; records lack its names',
        );
    }
    for (const dictionary of told.keys()) {
      if (!now.has(dictionary)) deps.logger.info({ dictionary }, 'a dictionary can be read again');
    }
    told = now;
    const passing = reading.failures.find(({ isPassing }) => isPassing);
    if (isWaiting && passing !== undefined) health.fail(CHECK, passing.problem);
    deps.metrics.namesRead(reading);
  };
  const names = await watchNames({ clock, random, read, report }, options, signal);
  isWaiting = false;
  health.ok(CHECK);
  return names;
}
