import { expect, test } from 'vitest';
import { sparklinePath } from '../../../src/dashboard/page/sparkline.ts';

test.each<[string, readonly (number | null)[], string]>([
  ['nothing', [], ''],
  ['one value at the right edge', [5], 'M120.0 2.0'],
  ['zeros at the bottom', [0, 0], 'M118.0 26.0L120.0 26.0'],
  ['the largest value at the top', [5, 10], 'M118.0 14.0L120.0 2.0'],
  ['a gap where a value is not known', [10, null, 10], 'M115.9 2.0M120.0 2.0'],
])('a line shows %s', (_name, values, path) => {
  expect(sparklinePath(values)).toBe(path);
});
