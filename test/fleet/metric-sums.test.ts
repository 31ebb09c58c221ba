import { Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { metricSums } from '../../src/fleet/metric-sums.ts';

test.each([
  ['a metric without labels is its value', 'a 5\n', { a: 5 }],
  ['samples of several labels are added', 'a{x="1"} 5\na{x="2",y="}"} 2.5\n', { a: 7.5 }],
  ['a time behind the value does not count', 'a 5 1700000000000\n', { a: 5 }],
  ['a value in scientific notation is read', 'a 1.5e+06\n', { a: 1_500_000 }],
  ['comments are left out', '# a 7\n# HELP a 5\na 1\n', { a: 1 }],
  ['other metrics are left out', 'ab 7\nb 5\na_total 1\n', { b: 5 }],
  ['what is no number is left out', 'a NaN\na +Inf\na x\n', {}],
  ['an empty text has no metric', '', {}],
])('%s', (_name, text, sums) => {
  expect(Object.fromEntries(metricSums(text, ['a', 'b']))).toEqual(sums);
});

test('what prom-client writes is read, with any character in a label', async () => {
  const registry = new Registry();
  const counter = new Counter({ name: 'a', help: 'h', labelNames: ['l'], registers: [registry] });
  counter.inc({ l: 'one } "two" \\ \n three' }, 3);
  counter.inc({ l: '{' }, 4);
  expect(metricSums(await registry.metrics(), ['a']).get('a')).toBe(7);
});
