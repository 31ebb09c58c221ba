import { LEASE_NAME } from '../../../src/operator/leader/lease.ts';
import { graph, type Row } from './panel.ts';

const POD = '{{namespace}}/{{pod}}';
const CONTROLLER = 'controller="kafkaexporter"';
const QUEUE = 'name="kafkaexporter"';
/** Other operators have metrics of these names, too. */
const OF_OPERATOR = `and on (namespace, pod) controller_runtime_max_concurrent_reconciles{${CONTROLLER}}`;

/** A quantile of a histogram in seconds. */
const p99 = (histogram: string, selector: string): string =>
  `histogram_quantile(0.99, sum by (namespace, le) (rate(${histogram}_bucket{${selector}}[$__rate_interval])))`;

/** What the dashboard shows of operators. They are not among the exporters that the user has chosen. */
export const OPERATOR_ROW: Row = {
  title: 'Operator',
  panels: [
    graph('Leader', 'none', { [POD]: `leader_election_master_status{name="${LEASE_NAME}"}` }),
    graph('Reconciliations', 'cps', {
      '{{namespace}} {{result}}': `sum by (namespace, result) (rate(controller_runtime_reconcile_total{${CONTROLLER}}[$__rate_interval]))`,
    }),
    graph('99 % of the reconciliations take at most', 's', {
      '{{namespace}}': p99('controller_runtime_reconcile_time_seconds', CONTROLLER),
    }),
    graph('Queue', 'none', { [POD]: `workqueue_depth{${QUEUE}}` }),
    graph('99 % of the resources wait at most', 's', {
      '{{namespace}}': p99('workqueue_queue_duration_seconds', QUEUE),
    }),
    graph('Requests to the API server', 'cps', {
      '{{namespace}} {{method}} {{code}}': `sum by (namespace, method, code) (rate(rest_client_requests_total[$__rate_interval]) ${OF_OPERATOR})`,
    }),
    graph('CPU', 'none', {
      [POD]: `rate(process_cpu_seconds_total[$__rate_interval]) ${OF_OPERATOR}`,
    }),
    graph('Memory', 'bytes', { [POD]: `process_resident_memory_bytes ${OF_OPERATOR}` }),
  ],
};
