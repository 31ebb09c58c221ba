import type { LagStep } from '../../api/status/delivery-status.ts';
import type { KafkaExporterSpec } from '../../api/kafka-exporter-spec.ts';

const MINUTE = 60;
const HOUR = 3_600;

/** The steps with the seconds at which each ends. */
const STEPS: readonly (readonly [LagStep, number])[] = [
  ['<10s', 10],
  ['<1m', MINUTE],
  ['<5m', 5 * MINUTE],
  ['<30m', 30 * MINUTE],
  ['<2h', 2 * HOUR],
  ['<1d', 24 * HOUR],
  ['>=1d', Infinity],
];

/** A step is left downwards below this share of the limit under it, so that a lag near a limit stays in one step. */
const LEAVE_BELOW = 0.8;

/** Seconds in which a window that is due is read, sent and committed when all is well. */
const WORK_SECONDS = 5;

/**
 * The step of a lag. It goes up as soon as the lag reaches the limit of a step, so a limit that is shown holds. It goes down only
 * when the lag is well below the next lower limit.
 *
 * @param shown the step that the status shows now; undefined: none.
 */
export function lagStepOf(lagSeconds: number, shown: LagStep | undefined): LagStep {
  const at = (seconds: number): number => STEPS.findIndex(([, end]) => seconds < end);
  const reached = at(lagSeconds);
  const before = STEPS.findIndex(([step]) => step === shown);
  const index = before > reached ? Math.min(before, at(lagSeconds / LEAVE_BELOW)) : reached;
  return STEPS[index]?.[0] ?? '>=1d';
}

/**
 * The lag in seconds that the settings of a resource cause when all is well. It moves up and down by `flushTimeoutSeconds`, so
 * a lag below it says nothing.
 */
export function ordinaryLagSeconds({
  flushTimeoutSeconds,
  source: { clickHouse },
}: Pick<KafkaExporterSpec, 'flushTimeoutSeconds' | 'source'>): number {
  return (clickHouse?.settleSeconds ?? 0) + flushTimeoutSeconds + WORK_SECONDS;
}
