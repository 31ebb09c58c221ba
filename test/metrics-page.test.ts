import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { registerGauges } from '../src/exporter/status/gauges.ts';
import { createExporterMetrics } from '../src/exporter/status/metrics.ts';
import { createPushMetrics } from '../src/exporter/status/push-metrics.ts';
import { createOperatorMetrics } from '../src/operator/metrics.ts';
import { createManualClock } from './lib/manual-clock.ts';

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

/** What prom-client keeps of a metric. */
const registered = z.array(
  z
    .object({ name: z.string(), type: z.string(), labelNames: z.array(z.string()) })
    .transform(({ name, type, labelNames }) => ({ name, type, labels: labelNames.join(' ') })),
);

function exposed(): readonly Metric[] {
  const registry = new Registry();
  createExporterMetrics(registry);
  createPushMetrics(registry, { heldBytes: () => 0, heldBytesMax: 1 });
  registerGauges(registry, {
    lagSeconds: () => new Map(),
    shardLags: () => [],
    recordsQueued: () => 0,
    recordsQueuedMax: 1,
    connectedBrokers: () => [],
    revision: () => 1,
    msUntilReplaced: () => 1,
  });
  createOperatorMetrics(registry, { host: 'api', workers: 1, clock: createManualClock() });
  return registered.parse(registry.getMetricsAsArray());
}

const byName = (a: Metric, b: Metric): number => a.name.localeCompare(b.name);

describe('the page of metrics', () => {
  test('has every metric with its type and labels, and no other', () => {
    expect(DOCUMENTED.toSorted(byName)).toEqual(exposed().toSorted(byName));
  });

  test('alerts on metrics that there are', () => {
    const names = new Set(DOCUMENTED.map(({ name }) => name));
    const used = [...page.matchAll(/\b(?:deepflow_kafka_exporter|controller_runtime)_\w+/g)].map(
      ([name]) => name.replace(/_(?:bucket|sum|count)$/, ''),
    );
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });
});
