import { expect, test } from 'vitest';
import { firstProblems } from '../../src/lib/first-problems.ts';

test('only the first ten problems and one more are computed, however many there are', () => {
  let computed = 0;
  function* endless(): Generator<string> {
    for (;;) yield `problem ${++computed}`;
  }
  expect(firstProblems(endless())).toHaveLength(11);
  expect(computed).toBe(11);
});

test('ten problems or fewer are all kept', () => {
  const ten = Array.from({ length: 10 }, (_, i) => `problem ${i}`);
  expect(firstProblems(ten)).toEqual(ten);
  expect(firstProblems([])).toEqual([]);
});
