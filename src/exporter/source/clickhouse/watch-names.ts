import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { NameTables } from '../../encode/name-tables.ts';
import type { ReadBatches } from './clickhouse-client.ts';
import {
  compileNamesReader,
  type NamesOptions,
  type NamesReading,
  NOTHING_READ,
} from './read-names.ts';

/** What the loop of names needs. */
export interface WatchNamesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly read: ReadBatches;
  /** Told after each reading; records are exported whatever it says. */
  readonly report: (reading: NamesReading) => void;
}

/** Names of resources as of the last reading. */
export interface NameWatch {
  tables(): NameTables;
}

/** DeepFlow's controller writes the dictionaries' source as often. */
const REFRESH_MS = 60_000;
/** While a dictionary cannot be read, it is tried sooner: records lack its names. */
const RETRY: BackoffOptions = { initialMs: 5_000, maxMs: REFRESH_MS };
/** Records wait no longer than this for their names. */
const FIRST_READING_MS = 20_000;

/**
 * Reads the names of resources once, and then every minute until `signal` aborts. Answers when the first
 * reading is done, however it ended, or after 20 seconds: names may be missing, records may not. Nothing
 * makes it fail.
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
  const first = refresh();
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
  const waiting = new AbortController();
  const stopWaiting = AbortSignal.any([waiting.signal, signal]);
  await Promise.race([first, clock.sleep(FIRST_READING_MS, stopWaiting)]);
  waiting.abort();
  return { tables: () => current.tables };
}
