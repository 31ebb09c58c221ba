import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALL_FAULTS } from './faults/all-faults.ts';
import type { DeliveryPromise } from './promise.ts';
import { planSchedule, SCHEDULE_MS } from './schedule.ts';

const PROMISE: DeliveryPromise = {
  guarantee: 'ExactlyOnce',
  settleSeconds: 2,
  latenessSeconds: 8,
};
const partOf = (name: string): string | undefined =>
  ALL_FAULTS.find((fault) => fault.name === name)?.part;
const seeds = fc.nat(0xffff_ffff);

test('the same seed gives the same schedule, and another one another', () => {
  const plan = (seed: number): string => JSON.stringify(planSchedule(seed, PROMISE, ALL_FAULTS));
  expect(plan(5)).toBe(plan(5));
  expect(plan(5)).not.toBe(plan(6));
});

test('every fault ends within its schedule, and faults of one part never overlap', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { steps } = planSchedule(seed, PROMISE, ALL_FAULTS);
      expect(steps.length).toBeGreaterThan(0);
      for (const [index, step] of steps.entries()) {
        expect(step.atMs + step.forMs).toBeLessThanOrEqual(SCHEDULE_MS);
        for (const next of steps.slice(index + 1)) {
          if (partOf(next.fault) !== partOf(step.fault)) continue;
          expect(next.atMs).toBeGreaterThanOrEqual(step.atMs + step.forMs);
        }
      }
    }),
  );
});

test('no row is so late that an exporter whose clock is ahead may miss it', () => {
  const clocks = ALL_FAULTS.filter(({ part }) => part === 'clock');
  expect(planSchedule(1, PROMISE, clocks).lateSecondsMax).toBe(4);
  const others = ALL_FAULTS.filter(({ part }) => part !== 'clock');
  expect(planSchedule(1, PROMISE, others).lateSecondsMax).toBe(6);
});

test('every fault is drawn sooner or later', () => {
  const drawn = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    for (const { fault } of planSchedule(seed, PROMISE, ALL_FAULTS).steps) drawn.add(fault);
  }
  expect([...drawn].sort()).toEqual(ALL_FAULTS.map(({ name }) => name).sort());
});

test('rows are pushed in some schedules, and ClickHouse has one to three addresses', () => {
  const schedules = Array.from({ length: 200 }, (_, seed) =>
    planSchedule(seed, PROMISE, ALL_FAULTS),
  );
  expect(new Set(schedules.map(({ hasPushes }) => hasPushes))).toEqual(new Set([true, false]));
  expect(new Set(schedules.map(({ addresses }) => addresses))).toEqual(new Set([1, 2, 3]));
});
