import type { Step } from './fault.ts';
import type { Outcome } from './run-schedule.ts';
import type { Schedule } from './schedule.ts';

/** A schedule in words, a line for each fault. */
export function describeSchedule(schedule: Schedule): string {
  const { addresses, hasPushes, lateShare, lateSecondsMax, steps } = schedule;
  const way = `${addresses === 1 ? 'one address' : `${addresses} addresses`} of ClickHouse${hasPushes ? ', and pushes' : ''}`;
  const late =
    lateSecondsMax === 0
      ? 'no row late'
      : `${percent(lateShare)} of the rows up to ${lateSecondsMax.toFixed(1)} s late`;
  return [way, late, ...steps.map(describeStep)].map((line) => `  ${line}`).join('\n');
}

/** What came of a schedule, in one line. */
export function describeOutcome(outcome: Outcome, seconds: number): string {
  const { findings, verdict, complaints } = outcome;
  const counts = `${findings.rows} rows, ${findings.records} records, ${findings.missing} missing, ${findings.repeated} repeated, ${seconds.toFixed(0)} s`;
  const why = complaints.length === 0 ? '' : `: ${complaints.join('; ')}`;
  return `${verdict} (${counts})${why}`;
}

function describeStep({ atMs, forMs, fault, where, howMuch }: Step): string {
  const time = `${seconds(atMs)} to ${seconds(atMs + forMs)} s`;
  return `${time}  ${fault} (where ${where.toFixed(3)}, how much ${howMuch.toFixed(3)})`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).padStart(4);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
