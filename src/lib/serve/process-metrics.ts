import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * How often the delay of the event loop is sampled. prom-client's default of 10 ms costs half a
 * percent of a core.
 */
const EVENT_LOOP_SAMPLE_MS = 250;

/** Registers prom-client's process metrics: CPU, memory, event loop, garbage collection. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
}
