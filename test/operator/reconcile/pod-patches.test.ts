import { expect, it } from 'vitest';
import { createPodPatches } from '../../../src/operator/reconcile/pod-patches.ts';

it('a refused patch of a pod is not tried again for ten minutes, in its namespace only', () => {
  let nowMs = 0;
  const patches = createPodPatches(
    () => nowMs,
    () => undefined,
  );
  expect(patches.isRefused('a')).toBe(false);
  patches.refused('a');
  expect([patches.isRefused('a'), patches.isRefused('b')]).toEqual([true, false]);
  nowMs = 599_999;
  expect(patches.isRefused('a')).toBe(true);
  nowMs = 600_000;
  expect(patches.isRefused('a')).toBe(false);
});

it('a namespace is told of once, and again when the right was given back meanwhile', () => {
  const told: string[] = [];
  const patches = createPodPatches(
    () => 0,
    (namespace) => told.push(namespace),
  );
  patches.refused('a');
  patches.refused('a');
  patches.refused('b');
  expect(told).toEqual(['a', 'b']);
  patches.granted('a');
  expect(patches.isRefused('a')).toBe(false);
  patches.refused('a');
  expect(told).toEqual(['a', 'b', 'a']);
});

it('the memory for namespaces is bounded: the oldest refusal is forgotten', () => {
  const patches = createPodPatches(
    () => 0,
    () => undefined,
  );
  for (let index = 0; index <= 10_000; index++) patches.refused(`n${index}`);
  expect(['n0', 'n1', 'n10000'].map((name) => patches.isRefused(name))).toEqual([
    false,
    true,
    true,
  ]);
});
