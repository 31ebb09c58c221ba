import { Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { byLabel, metricSamples, sumOf } from '../../src/fleet/metric-samples.ts';

const add = (a: number, b: number): number => a + b;

test.each([
  ['a metric without labels is its value', 'a 5\n', [5, 0]],
  ['samples of several labels are added', 'a{x="1"} 5\na{x="2",y="}"} 2.5\n', [7.5, 0]],
  ['a time behind the value does not count', 'a 5 1700000000000\n', [5, 0]],
  ['a value in scientific notation is read', 'a 1.5e+06\n', [1_500_000, 0]],
  ['comments are left out', '# a 7\n# HELP a 5\na 1\n', [1, 0]],
  ['other metrics are left out', 'ab 7\nb 5\na_total 1\n', [0, 5]],
  ['what is no number is left out', 'a NaN\na +Inf\na x\n', [0, 0]],
  ['an empty text has no metric', '', [0, 0]],
])('%s', (_name, text, sums) => {
  const samples = metricSamples(text, ['a', 'b']);
  expect(['a', 'b'].map((name) => sumOf(samples, name))).toEqual(sums);
});

test('what prom-client writes is read, with any character in a label', async () => {
  const registry = new Registry();
  const counter = new Counter({
    name: 'a',
    help: 'h',
    labelNames: ['l', 'm'],
    registers: [registry],
  });
  counter.inc({ l: 'one } "two" \\ \n m="x" three', m: 'topic-1' }, 3);
  counter.inc({ l: '{', m: 'topic-1' }, 4);
  counter.inc({ l: '{', m: 'topic-2' }, 5);
  const samples = metricSamples(await registry.metrics(), ['a']);
  expect(sumOf(samples, 'a')).toBe(12);
  expect([...byLabel(samples, { name: 'a', label: 'm' }, add)]).toEqual([
    ['topic-1', 7],
    ['topic-2', 5],
  ]);
});

test('by a label, a sample without it does not count, and the number of values is bounded', () => {
  const text = ['a 1', ...Array.from({ length: 2_000 }, (_, i) => `a{shard="${i}"} ${i}`)];
  const samples = metricSamples(text.join('\n'), ['a']);
  const found = byLabel(samples, { name: 'a', label: 'shard' }, Math.max);
  expect(found.size).toBe(1_024);
  expect(found.get('7')).toBe(7);
});
