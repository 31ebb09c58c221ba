import type { Outcome } from './simulation.ts';

/** How an outcome breaks a promise of the product; undefined when it breaks none. */
export function brokenPromise({
  guarantee,
  missing,
  repeated,
  recoveredMs,
  problems,
}: Outcome): string | undefined {
  if (repeated > 0 && guarantee === 'ExactlyOnce') return `${repeated} records came twice`;
  if (missing === 0 && recoveredMs !== undefined) return undefined;
  const reported =
    problems.length === 0 ? 'and no exporter reports a problem' : problems.join('; ');
  return `${missing} records are missing, ${reported}`;
}
