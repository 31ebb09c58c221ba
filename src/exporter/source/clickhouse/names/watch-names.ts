import { type BackoffOptions, backoffMs } from '../../../../lib/backoff.ts';
import type { Clock } from '../../../../lib/clock.ts';
import type { NameWatch } from '../../../encode/values/name-tables.ts';
import type { ReadBatches } from '../rows/read-batches.ts';
import {
  compileNamesReader,
  type NamesOptions,
  type NamesReading,
  NOTHING_READ,
} from './read-names.ts';

/** What watching names needs. */
export interface WatchNamesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly read: ReadBatches;
  /** Called after each reading. Records are exported whatever the result is. */
  readonly report: (reading: NamesReading) => void;
}

/**
 * How often the names are read. DeepFlow's controller updates the source of the dictionaries as
 * often.
 */
const REFRESH_MS = 60_000;
/** While a dictionary cannot be read, the next try comes sooner, since records lack its names. */
const RETRY: BackoffOptions = { initialMs: 5_000, maxMs: REFRESH_MS };
/** How long records wait at most for the first reading. */
const FIRST_READING_MS = 60_000;
/** The retries while records wait. */
const FIRST_RETRY: BackoffOptions = { initialMs: 500, maxMs: 5_000 };

/**
 * Reads the names of resources once, and then every minute until `signal` aborts. Resolves when all
 * dictionaries that can be read were read. While ClickHouse has problems, the reading is repeated,
 * since records that are exported without names stay without them. It resolves after a minute at
 * the latest: names may be missing, records may not. It never rejects.
 */
export async function watchNames(
  deps: WatchNamesDeps,
  options: NamesOptions,
  signal: AbortSignal,
): Promise<NameWatch> {
  const { clock, random, report } = deps;
  const readNames = compileNamesReader(deps.read, options);
  let current = NOTHING_READ;
  const refresh = async (): Promise<void> => {
    const reading = await readNames(current.tables, signal);
    if (signal.aborted) return;
    current = reading;
    report(reading);
  };
  const waiting = new AbortController();
  const stopWaiting = AbortSignal.any([waiting.signal, signal]);
  const readFirst = async (): Promise<void> => {
    for (let attempt = 0; !stopWaiting.aborted; attempt++) {
      await refresh();
      if (!current.failures.some(({ isPassing }) => isPassing)) return;
      await clock.sleep(backoffMs(FIRST_RETRY, attempt, random()), stopWaiting);
    }
  };
  const first = readFirst();
  const loop = async (): Promise<void> => {
    await first;
    let failures = 0;
    while (!signal.aborted) {
      failures = current.failures.length === 0 ? 0 : failures + 1;
      const waitMs = failures === 0 ? REFRESH_MS : backoffMs(RETRY, failures - 1, random());
      await clock.sleep(waitMs, signal);
      await refresh();
    }
  };
  void loop();
  await Promise.race([first, clock.sleep(FIRST_READING_MS, stopWaiting)]);
  waiting.abort();
  return { tables: () => current.tables };
}
