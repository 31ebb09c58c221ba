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

/** What the loop of names needs. */
export interface WatchNamesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly read: ReadBatches;
  /** Told after each reading; records are exported whatever it says. */
  readonly report: (reading: NamesReading) => void;
}

/** DeepFlow's controller writes the dictionaries' source as often. */
const REFRESH_MS = 60_000;
/** While a dictionary cannot be read, it is tried sooner: records lack its names. */
const RETRY: BackoffOptions = { initialMs: 5_000, maxMs: REFRESH_MS };
/** Records wait no longer than this for their names. */
const FIRST_READING_MS = 60_000;
/** While records wait. */
const FIRST_RETRY: BackoffOptions = { initialMs: 500, maxMs: 5_000 };

/**
 * Reads the names of resources once, and then every minute until `signal` aborts. Answers when all dictionaries were
 * read that can be, however often that has to be tried while ClickHouse is in trouble: what is exported without names
 * stays without them. But it answers after a minute at the latest: names may be missing, records may not. Nothing makes
 * it fail.
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
