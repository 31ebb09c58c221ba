import { expect, test } from 'vitest';
import { createRandom } from './random.ts';

test('a seed gives the same numbers for ever, so that an old failure can be repeated', () => {
  const random = createRandom(42);
  expect([random.next(), random.next(), random.next()]).toEqual([
    0.6011037519201636, 0.44829055899754167, 0.8524657934904099,
  ]);
});

test('numbers lie in their range, and are spread over it', () => {
  const random = createRandom(7);
  const numbers = Array.from({ length: 10_000 }, () => random.between(10, 20));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...numbers)).toBeLessThan(20);
  expect(numbers.reduce((a, b) => a + b, 0) / numbers.length).toBeCloseTo(15, 0);
});
