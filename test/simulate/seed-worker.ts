import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { brokenPromise } from './judge.ts';
import { drawPlan } from './plan.ts';
import { simulate } from './simulation.ts';

// Runs `count` seeds, at intervals of `step`, and reports the outcome of each. It ends early at `untilMs`.

const { first, step, count, untilMs } = z
  .object({ first: z.int(), step: z.int(), count: z.int(), untilMs: z.number() })
  .parse(workerData);

for (let i = 0; i < count && Date.now() < untilMs; i++) {
  const seed = first + i * step;
  const outcome = await simulate(drawPlan(seed));
  parentPort?.postMessage({ seed, broken: brokenPromise(outcome), timeouts: outcome.timeouts });
}
