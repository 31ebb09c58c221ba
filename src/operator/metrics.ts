import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ControllerObserver } from './controller/controller.ts';
import type { WorkQueueObserver } from './controller/work-queue.ts';
import type { CallRecord } from './kube/kube-transport.ts';

/** What the operator counts, under controller-runtime's names, which dashboards know. */
export interface OperatorMetrics {
  readonly controller: ControllerObserver;
  readonly queue: WorkQueueObserver;
  readonly call: (call: CallRecord) => void;
}

const CONTROLLER = 'kafkaexporter';
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Registers the operator's metrics.
 *
 * @param host of the API server, as client-go labels its requests.
 * @see https://book.kubebuilder.io/reference/metrics-reference
 */
export function createOperatorMetrics(registry: Registry, host: string): OperatorMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, by status code, method and host.',
    labelNames: ['code', 'method', 'host'],
    registers,
  });
  return {
    controller: controllerMetrics(registers),
    queue: queueMetrics(registers),
    call: ({ code, method }) => {
      requests.inc({ code, method, host });
    },
  };
}

function controllerMetrics(registers: Registry[]): ControllerObserver {
  const labels = { controller: CONTROLLER };
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Number of reconciliations, by controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Number of reconciliation errors, by controller.',
    labelNames: ['controller'],
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of a reconciliation.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Number of workers that reconcile now.',
    labelNames: ['controller'],
    registers,
  });
  return {
    started: () => {
      active.inc(labels);
    },
    ended: (result, durationMs) => {
      active.dec(labels);
      total.inc({ ...labels, result });
      if (result === 'error') errors.inc(labels);
      time.observe(labels, durationMs / 1_000);
    },
  };
}

function queueMetrics(registers: Registry[]): WorkQueueObserver {
  const labels = { name: CONTROLLER };
  const labelNames = ['name'];
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Number of keys that wait.',
    labelNames,
    registers,
  });
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Number of keys that were added.',
    labelNames,
    registers,
  });
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waited.',
    labelNames,
    buckets: SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Number of keys that were added again after a failure.',
    labelNames,
    registers,
  });
  return {
    added: (now) => {
      adds.inc(labels);
      depth.set(labels, now);
    },
    taken: (now, waitedMs) => {
      depth.set(labels, now);
      waited.observe(labels, waitedMs / 1_000);
    },
    retried: () => {
      retries.inc(labels);
    },
  };
}
