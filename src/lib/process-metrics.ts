import { collectDefaultMetrics, type Registry } from 'prom-client';

/** The event loop's delay is sampled this often: prom-client's own ten milliseconds cost half a percent of a core. */
const EVENT_LOOP_SAMPLE_MS = 250;

/** Registers what prom-client knows of a process: CPU, memory, event loop, collection of garbage. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
}
