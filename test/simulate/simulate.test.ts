import { describe, expect, test } from 'vitest';
import { brokenPromise } from './judge.ts';
import { drawPlan, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

/** Three rows in three seconds, and no faults. */
const CALM: Plan = {
  seed: 1,
  guarantee: 'ExactlyOnce',
  pods: 1,
  shards: 2,
  settleSeconds: 1,
  latenessSeconds: 6,
  backlogSeconds: 0,
  quotaBytesPerSecond: undefined,
  rows: [1, 2, 3].map((second) => ({ id: second, second, atMs: second * 1_000 })),
  faults: [],
  endMs: 10_000,
};

describe('a simulation', () => {
  test('delivers every row once when there are no faults', async () => {
    const outcome = await simulate(CALM);
    expect(outcome).toMatchObject({ rows: 3, missing: 0, repeated: 0, problems: [], timeouts: 0 });
  });

  test('has the same outcome each time for the same seed', async () => {
    for (const seed of [3, 7, 11]) {
      expect(await simulate(drawPlan(seed))).toEqual(await simulate(drawPlan(seed)));
    }
  });

  test('finds rows that are stored too late to be exported', async () => {
    const late = { id: 9, second: 1, atMs: 30_000 };
    const outcome = await simulate({ ...CALM, rows: [...CALM.rows, late], endMs: 31_000 });
    expect(outcome.missing).toBe(1);
    expect(brokenPromise(outcome)).toContain('1 records are missing');
  });

  test('is reduced to the rows and faults that make it fail', async () => {
    const late = { id: 9, second: 1, atMs: 30_000 };
    const faults = drawPlan(7).faults.slice(0, 2);
    const plan = { ...CALM, pods: 2, rows: [...CALM.rows, late], faults, endMs: 40_000 };
    expect(await shrink(plan)).toMatchObject({ pods: 1, rows: [late], faults: [] });
  });
});
