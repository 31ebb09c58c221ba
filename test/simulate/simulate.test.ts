import { describe, expect, test } from 'vitest';
import { brokenPromise } from './judge.ts';
import { drawPlan, type Plan, RECOVERY_MS } from './plan.ts';
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
  recoveryMs: RECOVERY_MS,
};

/** Bytes that a transaction adds to its records: headers, and the second of each hash. */
const OVERHEAD = 1.2;

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

/** Rows of some seconds before the beginning. */
function backlog(rows: number, seconds: number): Plan['rows'] {
  return Array.from({ length: rows }, (_, id) => ({
    id,
    second: -seconds + (id % seconds),
    atMs: 0,
  }));
}

interface QuotaCase
  extends Pick<Plan, 'shards' | 'pods' | 'rows'>,
    Partial<Pick<Plan, 'guarantee'>> {
  readonly quota: number;
}

describe('with a quota of Kafka', () => {
  test.each<QuotaCase>([
    { quota: 10_000, shards: 1, pods: 1, rows: backlog(40_000, 10) },
    { quota: 10_000, shards: 16, pods: 3, rows: backlog(20_000, 640) },
    { quota: 10_000, shards: 64, pods: 1, rows: backlog(20_000, 640) },
    { quota: 1_000, shards: 16, pods: 2, rows: backlog(5_000, 640) },
    { quota: 300, shards: 4, pods: 1, rows: backlog(2_000, 640) },
    { quota: 10_000, shards: 4, pods: 2, rows: backlog(20_000, 10), guarantee: 'AtLeastOnce' },
    { quota: 1_000_000, shards: 4, pods: 2, rows: backlog(60_000, 3_600) },
  ])(
    'of $quota bytes a second, $shards shards of $pods pods deliver a backlog in the time that it allows, and send nothing twice',
    async ({ quota, shards, pods, rows, guarantee }) => {
      const plan = {
        ...CALM,
        guarantee: guarantee ?? CALM.guarantee,
        shards,
        pods,
        rows,
        endMs: 0,
        backlogSeconds: 3_700,
      };
      const free = await simulate(plan);
      const limited = await simulate({
        ...plan,
        quotaBytesPerSecond: quota,
        recoveryMs: 3_600_000,
      });
      expect(brokenPromise(limited)).toBeUndefined();
      expect(limited).toMatchObject({ missing: 0, repeated: 0, problems: [], timeouts: 0 });
      const bytes = Math.max(...free.bytes);
      // Hashes, which only transactions of parts have, go to one partition.
      const hashes = rows.length * 8;
      expect(Math.max(...limited.bytes)).toBeLessThan(OVERHEAD * (bytes + hashes));
      const allowedMs = ((OVERHEAD * (bytes + hashes)) / quota) * 1_000;
      expect(limited.recoveredMs).toBeLessThan(allowedMs + 10_000);
    },
  );
});
