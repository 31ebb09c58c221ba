import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registeredMetrics } from './monitoring/registered-metrics.ts';

const page = readFileSync(new URL('../docs/metrics.md', import.meta.url), 'utf8');

/** A metric as it is exposed or written down. */
interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: string;
}

const DOCUMENTED: readonly Metric[] = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
  ([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).join(' '),
  }),
);

const EXPOSED: readonly Metric[] = registeredMetrics().map(({ labels, ...metric }) => ({
  ...metric,
  labels: labels.join(' '),
}));

const byName = (a: Metric, b: Metric): number => a.name.localeCompare(b.name);

describe('the page of metrics', () => {
  test('has every metric with its type and labels, and no other', () => {
    expect(DOCUMENTED.toSorted(byName)).toEqual(EXPOSED.toSorted(byName));
  });
});
