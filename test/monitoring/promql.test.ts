import { expect, test } from 'vitest';
import { namedIn } from './promql.ts';

test.each([
  ['up', [['up', []]], []],
  [
    'sum by (a, b) (rate(x_total{c=~"1|2", d!=""}[5m])) > 0.1',
    [['x_total', ['c', 'd']]],
    ['a', 'b'],
  ],
  [
    '(increase(x[15m]) > 0 or (x > 0 unless x offset 15m))',
    [
      ['x', []],
      ['x', []],
      ['x', []],
    ],
    [],
  ],
  [
    'a:x:max{n="1"} / on (n) group_left () y',
    [
      ['a:x:max', ['n']],
      ['y', []],
    ],
    ['n'],
  ],
  ['label_replace(x, "n", "$1", "m", "(.+)") == 0', [['x', []]], []],
  [
    'histogram_quantile(0.99, sum by (le) (rate(x_bucket[$__rate_interval])))',
    [['x_bucket', []]],
    ['le'],
  ],
  ['count(x == 0) or vector(0)', [['x', []]], []],
  ['topk(10, max by (s) (x{a=~"$a"}))', [['x', ['a']]], ['s']],
])('%s', (expr, selectors, groupings) => {
  expect(namedIn(expr)).toEqual({
    selectors: selectors.map(([metric, labels]) => ({ metric, labels })),
    groupings,
  });
});
