import { LEASE_NAME } from '../../src/operator/leader/lease.ts';
import type { Alert } from './rule.ts';

/** The alerts on the metrics of the operator. Two installations are in different namespaces. */
export const OPERATOR_ALERTS: readonly Alert[] = [
  {
    name: 'DeepflowOperatorAbsent',
    expr: 'absent(controller_runtime_max_concurrent_reconciles{controller="kafkaexporter"})',
    for: '10m',
    severity: 'warning',
    summary: 'Prometheus has no metrics of an operator of KafkaExporters',
    description:
      'Exporters run on. No change of a KafkaExporter or of a Secret takes effect without an operator.',
  },
  {
    name: 'DeepflowOperatorNoLeader',
    expr: `sum by (namespace) (leader_election_master_status{name="${LEASE_NAME}"}) < 1`,
    for: '2m',
    severity: 'warning',
    summary: 'No operator in {{ $labels.namespace }} reconciles KafkaExporters',
    description: 'Exporters run on. See the log of the operators, and the Lease.',
  },
  {
    name: 'DeepflowOperatorFailing',
    expr: 'sum by (namespace) (increase(controller_runtime_reconcile_errors_total{controller="kafkaexporter"}[5m])) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'The operator in {{ $labels.namespace }} cannot reconcile some KafkaExporters',
    description: 'See the condition `Ready` of each KafkaExporter, and the operator’s log.',
  },
];
