import { expect, it } from 'vitest';
import { writeConditions } from '../../../src/operator/api/status/conditions.ts';

const NOW = Date.parse('2026-02-03T04:05:06.789Z');

it('moves lastTransitionTime only with the status, and sorts by type', () => {
  const previous = [
    {
      type: 'Ready',
      status: 'False',
      reason: 'Old',
      message: 'old',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ] as const;
  const states = [
    { type: 'ConfigValid', status: 'True', reason: 'Valid', message: 'm' },
    { type: 'Ready', status: 'False', reason: 'Pending', message: 'new' },
  ] as const;
  expect(writeConditions(states, { previous, generation: 2, nowMs: NOW })).toEqual([
    {
      type: 'Ready',
      status: 'False',
      reason: 'Pending',
      message: 'new',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
    {
      type: 'ConfigValid',
      status: 'True',
      reason: 'Valid',
      message: 'm',
      observedGeneration: 2,
      lastTransitionTime: '2026-02-03T04:05:06Z',
    },
  ]);
});
