import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../lib/clock.ts';
import type { ControllerObserver } from './controller/controller.ts';
import type { WorkQueueObserver } from './controller/work-queue.ts';
import type { CallRecord } from './kube/kube-transport.ts';
import { LEASE_NAME } from './leader/lease.ts';

/** The operator's metrics. They have controller-runtime's names, so existing dashboards work. */
export interface OperatorMetrics {
  readonly controller: ControllerObserver;
  readonly queue: WorkQueueObserver;
  readonly call: (call: CallRecord) => void;
  readonly leading: (isLeading: boolean) => void;
}

const CONTROLLER = 'kafkaexporter';
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Label values and clock of the metrics. */
export interface OperatorMetricsOptions {
  /** Host of the API server: the label `host`, as in client-go. */
  readonly host: string;
  readonly workers: number;
  readonly clock: Clock;
}

/**
 * Registers the operator's metrics.
 *
 * @see https://book.kubebuilder.io/reference/metrics-reference
 */
export function createOperatorMetrics(
  registry: Registry,
  options: OperatorMetricsOptions,
): OperatorMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, by status code, method and host.',
    labelNames: ['code', 'method', 'host'],
    registers,
  });
  const maxWorkers = new Gauge({
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'Maximum number of resources that are reconciled at the same time.',
    labelNames: ['controller'],
    registers,
  });
  maxWorkers.set({ controller: CONTROLLER }, options.workers);
  return {
    controller: controllerMetrics(registers, options.clock),
    queue: queueMetrics(registers),
    call: ({ code, method }) => {
      requests.inc({ code, method, host: options.host });
    },
    leading: leaderMetric(registers),
  };
}

/** client-go's name. Without leader election nothing is reported. */
function leaderMetric(registers: Registry[]): (isLeading: boolean) => void {
  const status = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this operator leads: 1, or is ready to take over: 0.',
    labelNames: ['name'],
    registers,
  });
  return (isLeading) => {
    status.set({ name: LEASE_NAME }, isLeading ? 1 : 0);
  };
}

function controllerMetrics(registers: Registry[], clock: Clock): ControllerObserver {
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
    help: 'Duration of a reconciliation.',
    labelNames: ['controller'],
    buckets: SECONDS,
    registers,
  });
  const observeWork = workMetrics(registers, clock);
  return {
    started: () => {
      const workEnded = observeWork();
      return (result) => {
        total.inc({ ...labels, result });
        if (result === 'error') errors.inc(labels);
        time.observe(labels, workEnded());
      };
    },
  };
}

/** Metrics of the work in progress. The returned function begins a piece of work; its result ends it and returns the seconds. */
function workMetrics(registers: Registry[], clock: Clock): () => () => number {
  const labels = { name: CONTROLLER };
  const labelNames = ['name'];
  const starts = new Set<{ readonly atMs: number }>();
  const ages = (): number[] => [...starts].map(({ atMs }) => (clock.monotonicMs() - atMs) / 1_000);
  const duration = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Duration of the work on a key.',
    labelNames,
    buckets: SECONDS,
    registers,
  });
  new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Number of workers that reconcile now.',
    labelNames: ['controller'],
    registers,
    collect() {
      this.set({ controller: CONTROLLER }, starts.size);
    },
  });
  new Gauge({
    name: 'workqueue_unfinished_work_seconds',
    help: 'Seconds of work in progress, all workers together.',
    labelNames,
    registers,
    collect() {
      this.set(
        labels,
        ages().reduce((sum, age) => sum + age, 0),
      );
    },
  });
  new Gauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'Seconds of the longest work in progress.',
    labelNames,
    registers,
    collect() {
      this.set(labels, Math.max(0, ...ages()));
    },
  });
  return () => {
    const start = { atMs: clock.monotonicMs() };
    starts.add(start);
    return () => {
      starts.delete(start);
      const seconds = (clock.monotonicMs() - start.atMs) / 1_000;
      duration.observe(labels, seconds);
      return seconds;
    };
  };
}

function queueMetrics(registers: Registry[]): WorkQueueObserver {
  const labels = { name: CONTROLLER };
  const labelNames = ['name'];
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Number of keys in the queue.',
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
    help: 'Time that a key waited in the queue.',
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
