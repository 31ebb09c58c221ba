import { expect, it } from 'vitest';
import { sameQuantity } from '../../../../src/operator/reconcile/apply/quantity.ts';

it.each([
  ['1000m', '1', true],
  ['0.5Gi', '512Mi', true],
  ['1.5', '1500m', true],
  ['1G', '1Gi', false],
  ['100m', '101m', false],
  ['big', 'big', true],
  ['big', 'bigger', false],
])('%s and %s: %s', (a, b, same) => {
  expect(sameQuantity(a, b)).toBe(same);
});
