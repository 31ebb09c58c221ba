import { Registry } from 'prom-client';
import { z } from 'zod';
import { registerGauges } from '../../src/exporter/status/gauges.ts';
import { createExporterMetrics } from '../../src/exporter/status/metrics.ts';
import { createPushMetrics } from '../../src/exporter/status/push-metrics.ts';
import { registerProcessMetrics } from '../../src/lib/serve/process-metrics.ts';
import { createOperatorMetrics } from '../../src/operator/metrics.ts';
import { registerReadiness } from '../../src/operator/readiness-metric.ts';
import { createManualClock } from '../lib/manual-clock.ts';

/** A metric, with the names of its own labels. */
export interface RegisteredMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** What prom-client keeps of a metric. */
const registered = z.array(
  z
    .object({ name: z.string(), type: z.string(), labelNames: z.array(z.string()) })
    .transform(({ name, type, labelNames }) => ({ name, type, labels: labelNames })),
);

/** Every metric that the product registers itself, of the exporter and of the operator. */
export function registeredMetrics(): readonly RegisteredMetric[] {
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
  registerReadiness(registry, () => []);
  return registered.parse(registry.getMetricsAsArray());
}

/** The metrics of prom-client about the process. */
export function processMetrics(): readonly RegisteredMetric[] {
  const registry = new Registry();
  registerProcessMetrics(registry);
  return registered.parse(registry.getMetricsAsArray());
}
