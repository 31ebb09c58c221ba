import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createOperatorMetrics } from '../../src/operator/metrics.ts';
import { createManualClock } from '../lib/manual-clock.ts';

it("has controller-runtime's names, also for the work in progress", async () => {
  const registry = new Registry();
  const clock = createManualClock();
  const metrics = createOperatorMetrics(registry, { host: 'api:443', workers: 8, clock });
  metrics.call({ method: 'GET', path: '/x', code: '200', watch: false });
  metrics.queue.added(1);
  metrics.queue.taken(0, 20);
  metrics.queue.retried();
  const ended = metrics.controller.started();
  metrics.controller.started()('error');
  await clock.advance(2_000);
  const during = await registry.metrics();
  ended('success');
  const after = await registry.metrics();
  for (const line of [
    'rest_client_requests_total{code="200",method="GET",host="api:443"} 1',
    'controller_runtime_max_concurrent_reconciles{controller="kafkaexporter"} 8',
    'controller_runtime_active_workers{controller="kafkaexporter"} 1',
    'controller_runtime_reconcile_errors_total{controller="kafkaexporter"} 1',
    'workqueue_unfinished_work_seconds{name="kafkaexporter"} 2',
    'workqueue_longest_running_processor_seconds{name="kafkaexporter"} 2',
    'workqueue_depth{name="kafkaexporter"} 0',
    'workqueue_adds_total{name="kafkaexporter"} 1',
    'workqueue_retries_total{name="kafkaexporter"} 1',
  ]) {
    expect(during.split('\n')).toContain(line);
  }
  for (const line of [
    'controller_runtime_reconcile_total{controller="kafkaexporter",result="success"} 1',
    'controller_runtime_reconcile_total{controller="kafkaexporter",result="error"} 1',
    'controller_runtime_reconcile_time_seconds_sum{controller="kafkaexporter"} 2',
    'workqueue_work_duration_seconds_count{name="kafkaexporter"} 2',
    'workqueue_queue_duration_seconds_count{name="kafkaexporter"} 1',
  ]) {
    expect(after.split('\n')).toContain(line);
  }
});
