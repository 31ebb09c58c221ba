import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Step } from './fault.ts';
import type { World } from './world.ts';

/**
 * Breaks and mends by the steps of a schedule, and resolves when everything is mended. A step that takes long to
 * break or to mend may end late. @throws the first error of a step, once all others have ended.
 */
export async function runSteps(
  world: World,
  steps: readonly Step[],
  options: {
    readonly faults: readonly Fault[];
    readonly onEvent: (event: string) => void;
  },
): Promise<void> {
  const startMs = performance.now();
  const until = (ms: number): Promise<void> => sleep(Math.max(0, startMs + ms - performance.now()));
  const runStep = async (step: Step): Promise<void> => {
    const fault = options.faults.find(({ name }) => name === step.fault);
    if (fault === undefined) throw new Error(`There is no fault “${step.fault}”.`);
    await until(step.atMs);
    options.onEvent(step.fault);
    const mend = await fault.begin(world, step);
    await until(step.atMs + step.forMs);
    await mend();
    options.onEvent(`mended: ${step.fault}`);
  };
  // Steps of one part wait for each other, should one end late.
  const ends = new Map<Fault['part'] | undefined, Promise<void>>();
  const runs = steps.map((step) => {
    const part = options.faults.find(({ name }) => name === step.fault)?.part;
    const before = ends.get(part) ?? Promise.resolve();
    const run = before.then(() => runStep(step));
    ends.set(part, run);
    return run;
  });
  await Promise.allSettled(runs);
  await Promise.all(runs);
}
