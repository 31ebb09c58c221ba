import type { Outcome } from './simulation.ts';

/** Why an outcome breaks what the product promises; undefined: it keeps it. */
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
