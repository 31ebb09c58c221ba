import type { Outcome } from './simulation.ts';

/**
 * After the faults something is delivered within this time, whatever the load: a transaction time-out, and two turns of
 * waiting for a shard that another exporter has.
 */
const STANDSTILL_MS_MAX = 120_000;

/** How an outcome breaks a promise of the product; undefined when it breaks none. */
export function brokenPromise({
  guarantee,
  missing,
  repeated,
  recoveredMs,
  standstillMs,
  problems,
}: Outcome): string | undefined {
  if (repeated > 0 && guarantee === 'ExactlyOnce') return `${repeated} records came twice`;
  if (missing === 0 && recoveredMs !== undefined) {
    if (standstillMs <= STANDSTILL_MS_MAX) return undefined;
    return `nothing was delivered for ${standstillMs / 1_000} s`;
  }
  const reported =
    problems.length === 0 ? 'and no exporter reports a problem' : problems.join('; ');
  return `${missing} records are missing, ${reported}`;
}
