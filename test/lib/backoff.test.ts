import { expect, test } from 'vitest';
import { backoffMs } from '../../src/lib/backoff.ts';

const options = { initialMs: 100, maxMs: 5_000 };

test.each([
  ['starts at the initial wait', 0, 1, 100],
  ['is at least half of the initial wait', 0, 0, 50],
  ['doubles with each attempt', 3, 1, 800],
  ['is never longer than the longest wait', 20, 1, 5_000],
  ['does not overflow after many attempts', 5_000, 1, 5_000],
])('backoff %s', (_name, attempt, random, expected) => {
  expect(backoffMs(options, attempt, random)).toBe(expected);
});
