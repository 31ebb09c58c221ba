import { expect, it } from 'vitest';
import { createRecentMap } from '../../src/lib/recent-map.ts';

it('a map of recent entries forgets the one that was not used for the longest time', () => {
  const map = createRecentMap<string, number>(2);
  let made = 0;
  const use = (key: string): number => map.use(key, () => (made += 1));
  expect(['a', 'b', 'a', 'c', 'a', 'b'].map(use)).toEqual([1, 2, 1, 3, 1, 4]);
  expect(map.size()).toBe(2);
});
