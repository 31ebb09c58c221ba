import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { type Findings, judge } from './judge.ts';
import type { Parts } from './parts.ts';
import { type DeliveryPromise, exportedAge } from './promise.ts';
import { type Pushes, startPushes } from './pushes.ts';
import { startRows } from './rows.ts';
import { runSteps } from './run-steps.ts';
import { CLOCK_AHEAD_MS_MAX, SCHEDULE_MS, type Schedule } from './schedule.ts';
import { createWorld, type World } from './world.ts';

/** How a schedule ended. */
export interface Outcome {
  /** `unclear`: records are missing, but this machine was too slow and rows came later than exporters take them. */
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
  const world = await createWorld(parts, promise, schedule);
  try {
    const rows = await startRows(parts.clickHouse, schedule, world.startFromMs);
    await world.exporters.start();
    const pushes = schedule.hasPushes ? await startPushed(world) : undefined;
    const atLeast = sleep(SCHEDULE_MS);
    try {
      await runSteps(world, schedule.steps, options);
      await atLeast;
    } finally {
      await rows.stop();
    }
    onEvent('no more rows');
    const pushed = await pushes?.stop();
    const findings = await judge(world, promise, pushed);
    const complaints = [
      ...complaintsOf(findings, world.exporters.crashed, promise),
      ...(pushed?.refusals ?? []).map((refusal) => `pushes are still refused: ${refusal}`),
    ];
    if (complaints.length > 0) return { verdict: 'broken', findings, complaints };
    if (findings.missing === 0) return { verdict: 'kept', findings, complaints };
    const latestMs = Math.round(rows.latestMs() + aheadMsMax(schedule));
    const missing = `${findings.missing} records are missing`;
    return latestMs > exportedAge(promise) * 1000
      ? { verdict: 'unclear', findings, complaints: [`${missing}, rows came ${latestMs} ms late`] }
      : { verdict: 'broken', findings, complaints: [missing] };
  } finally {
    await world.exporters.stop();
  }
}

async function startPushed({ exporters }: World): Promise<Pushes> {
  await exporters.start({ kind: 'pushed' });
  return startPushes(exporters);
}

/** How much later than they are rows may look to an exporter. */
function aheadMsMax({ steps }: Schedule): number {
  return steps.some(({ fault }) => fault.includes('ahead')) ? CLOCK_AHEAD_MS_MAX : 0;
}

/** What no lateness of rows excuses. */
function complaintsOf(
  findings: Findings,
  crashed: readonly string[],
  { guarantee }: DeliveryPromise,
): string[] {
  const complaints: string[] = [];
  if (findings.foreign > 0) complaints.push(`${findings.foreign} records equal no row`);
  if (findings.repeated > 0 && guarantee === 'ExactlyOnce') {
    complaints.push(`${findings.repeated} records came again`);
  }
  if (findings.missingPushes > 0) {
    complaints.push(`${findings.missingPushes} rows that were pushed and accepted are missing`);
  }
  if (crashed.length > 0) complaints.push(`ended by themselves: ${crashed.join(', ')}`);
  return complaints;
}
