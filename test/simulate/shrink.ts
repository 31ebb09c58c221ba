import { brokenPromise } from './judge.ts';
import type { Plan } from './plan.ts';
import { simulate } from './simulation.ts';

/** The largest number of plans that are tried, so that shrinking takes about a minute at most. */
const TRIES_MAX = 200;

/** Removes from a failing plan what is not needed for its failure: faults, then pods and shards, then rows by halves. */
export async function shrink(plan: Plan): Promise<Plan> {
  let tries = 0;
  const stillFails = async (smaller: Plan): Promise<boolean> =>
    tries++ < TRIES_MAX && brokenPromise(await simulate(smaller)) !== undefined;
  let smallest = plan;
  for (let at = smallest.faults.length - 1; at >= 0; at--) {
    const smaller = { ...smallest, faults: smallest.faults.toSpliced(at, 1) };
    if (await stillFails(smaller)) smallest = smaller;
  }
  for (const change of [{ pods: 1 }, { shards: 1 }]) {
    const smaller = { ...smallest, ...change };
    if (await stillFails(smaller)) smallest = smaller;
  }
  for (let size = smallest.rows.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.rows.length; ) {
      const smaller = { ...smallest, rows: smallest.rows.toSpliced(at, size) };
      if (smaller.rows.length > 0 && (await stillFails(smaller))) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}
