import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { type Findings, judge } from './judge.ts';
import type { Parts } from './parts.ts';
import { type DeliveryPromise, exportedAge } from './promise.ts';
import { startRows } from './rows.ts';
import { runSteps } from './run-steps.ts';
import { CLOCK_AHEAD_MS_MAX, SCHEDULE_MS, type Schedule } from './schedule.ts';
import { createWorld } from './world.ts';

/** How a schedule ended. */
export interface Outcome {
  /** `unclear`: rows came in later than exporters promise to take, because this machine was too slow. */
  readonly verdict: 'kept' | 'broken' | 'unclear';
  readonly findings: Findings;
  /** What speaks against the exporters, in sentences. */
  readonly complaints: readonly string[];
}

/** Runs one schedule against the lasting parts, in a world of its own. @throws when the world itself fails. */
export async function runSchedule(
  parts: Parts,
  schedule: Schedule,
  options: {
    readonly promise: DeliveryPromise;
    readonly faults: readonly Fault[];
    readonly onEvent: (event: string) => void;
  },
): Promise<Outcome> {
  const { promise, onEvent } = options;
  const world = await createWorld(parts, promise, schedule.seed);
  try {
    await world.exporters.start();
    const rows = startRows(parts.clickHouse, schedule);
    const atLeast = sleep(SCHEDULE_MS);
    try {
      await runSteps(world, schedule.steps, options);
      await atLeast;
    } finally {
      await rows.stop();
    }
    onEvent('no more rows');
    const findings = await judge(world, promise);
    const complaints = complaintsOf(findings, world.exporters.crashed, promise);
    const ahead = schedule.steps.some(({ fault }) => fault.includes('ahead'));
    const latestMs = rows.latestMs() + (ahead ? CLOCK_AHEAD_MS_MAX : 0);
    const isUnclear = latestMs > exportedAge(promise) * 1000;
    if (isUnclear) complaints.push(`a row came in ${Math.round(rows.latestMs())} ms late`);
    const verdict = isUnclear ? 'unclear' : complaints.length === 0 ? 'kept' : 'broken';
    return { verdict, findings, complaints };
  } finally {
    await world.exporters.stop();
  }
}

function complaintsOf(
  findings: Findings,
  crashed: readonly string[],
  { guarantee }: DeliveryPromise,
): string[] {
  const complaints: string[] = [];
  if (findings.missing > 0) complaints.push(`${findings.missing} records are missing`);
  if (findings.foreign > 0) complaints.push(`${findings.foreign} records equal no row`);
  if (findings.repeated > 0 && guarantee === 'ExactlyOnce') {
    complaints.push(`${findings.repeated} records came again`);
  }
  if (crashed.length > 0) complaints.push(`ended by themselves: ${crashed.join(', ')}`);
  return complaints;
}
