/**
 * Series in promtool's notation: the value of each minute. TARGET stands for the labels of a pod of an exporter, OTHER for those
 * of its other pod, OPERATOR for those of an operator, and NAMESPACE for the namespace of all of them.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
 */
type Series = Readonly<Record<string, string>>;

/** When an alert fires and when it does not. */
interface AlertCase {
  readonly alert: string;
  readonly trouble: Series;
  readonly healthy: Series;
  /** Almost trouble: of two exporters of the same name together, it would be trouble. */
  readonly almost?: Series;
  /** Labels of the alert, but `severity` and those that name the exporter. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The summary, with the name of the exporter as `NAMESPACE/flow-logs`. */
  readonly summary: string;
  /** It concerns everything together: no other exporter is beside it. */
  readonly alone?: true;
}

const METRIC = 'deepflow_kafka_exporter_';
const L7 = { data_source: 'flow_log.l7_flow_log' };
const SOURCE = 'data_source="flow_log.l7_flow_log"';
const READY = `${METRIC}resource_ready{export_deepflow_io_namespace="NAMESPACE", export_deepflow_io_exporter="flow-logs", namespace="deepflow-kafka-exporter", pod="operator-1"}`;
const QUEUED = (records: string): Series => ({
  [`${METRIC}queued_records{TARGET}`]: records,
  [`${METRIC}queued_records_max{TARGET}`]: '1000x60',
});
const PUSHES = (refused: string): Series => ({
  [`${METRIC}push_requests_total{TARGET, status="200"}`]: '0+600x60',
  [`${METRIC}push_requests_total{TARGET, status="503"}`]: refused,
});
/** Answers of which all but a hundredth came within 0.1 s, and the others within 2 s. */
const ANSWERS = (api: string, slow: number): Series =>
  Object.fromEntries(
    [
      ['0.1', 600 - slow],
      ['2', 600],
      ['+Inf', 600],
    ].map(([le, count]) => [
      `${METRIC}request_duration_seconds_bucket{TARGET, api="${api}", le="${le}"}`,
      `0+${count}x60`,
    ]),
  );

/** One for each alert. */
export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: 'DeepflowExporterNotReady',
    trouble: { [READY]: '0x60' },
    // It starts.
    healthy: { [READY]: '0x5 1x55' },
    summary: 'The KafkaExporter NAMESPACE/flow-logs is not ready',
  },
  {
    alert: 'DeepflowExporterNotScraped',
    trouble: { 'up{TARGET}': '1x9 0x50', 'up{OTHER}': '1x60' },
    healthy: { 'up{TARGET}': '1x60', 'up{OPERATOR}': '0x60' },
    labels: { pod: 'flow-logs-1' },
    summary: 'Prometheus cannot read the metrics of flow-logs-1 of NAMESPACE/flow-logs',
  },
  {
    alert: 'DeepflowExporterDisconnected',
    trouble: {
      [`${METRIC}connected_brokers{TARGET}`]: '0x60',
      [`${METRIC}connected_brokers{OTHER}`]: '3x60',
    },
    healthy: {
      [`${METRIC}connected_brokers{TARGET}`]: '3x60',
      // Nobody pushes to it.
      [`${METRIC}connected_brokers{OTHER}`]: '0x60',
      [`${METRIC}push_held_bytes_max{OTHER}`]: '1000x60',
    },
    labels: { pod: 'flow-logs-1' },
    summary: 'flow-logs-1 of NAMESPACE/flow-logs has no connection to Kafka',
  },
  {
    alert: 'DeepflowExporterBehind',
    trouble: {
      [`${METRIC}lag_seconds{TARGET, ${SOURCE}}`]: '600x60',
      [`${METRIC}lag_seconds{OTHER, ${SOURCE}}`]: '31x60',
    },
    healthy: { [`${METRIC}lag_seconds{TARGET, ${SOURCE}}`]: '31x60' },
    labels: L7,
    summary: 'NAMESPACE/flow-logs is 10m 0s behind with flow_log.l7_flow_log',
  },
  {
    alert: 'DeepflowExporterFailing',
    trouble: { [`${METRIC}transactions_total{TARGET, outcome="aborted"}`]: '0+12x60' },
    healthy: {
      [`${METRIC}transactions_total{TARGET, outcome="committed"}`]: '0+60x60',
      [`${METRIC}transactions_total{TARGET, outcome="aborted"}`]: '1x60',
    },
    almost: { [`${METRIC}transactions_total{TARGET, outcome="aborted"}`]: '0+4x60' },
    summary: 'Transactions of NAMESPACE/flow-logs fail',
  },
  {
    alert: 'DeepflowExporterRetrying',
    trouble: {
      [`${METRIC}retries_total{TARGET, topic="calls", reason="NotEnoughReplicas"}`]: '0+120x60',
    },
    healthy: {
      [`${METRIC}retries_total{TARGET, topic="calls", reason="NotEnoughReplicas"}`]: '3x60',
    },
    almost: {
      [`${METRIC}retries_total{TARGET, topic="calls", reason="NotEnoughReplicas"}`]: '0+40x60',
    },
    labels: { topic: 'calls', reason: 'NotEnoughReplicas' },
    summary: 'NAMESPACE/flow-logs sends to calls again and again: NotEnoughReplicas',
  },
  {
    alert: 'DeepflowExporterRejectsRecords',
    // The series begins with the first record that was rejected.
    trouble: {
      [`${METRIC}rejected_records_total{TARGET, ${SOURCE}, reason="tooLarge"}`]: '_x25 1x35',
    },
    healthy: { [`${METRIC}rejected_records_total{TARGET, ${SOURCE}, reason="tooLarge"}`]: '7x60' },
    labels: { ...L7, reason: 'tooLarge' },
    summary:
      'The topic of NAMESPACE/flow-logs does not accept records of flow_log.l7_flow_log: tooLarge',
  },
  {
    alert: 'DeepflowExporterSkipsRows',
    trouble: {
      [`${METRIC}too_late_rows_total{TARGET, ${SOURCE}}`]: '0x25 5x35',
      [`${METRIC}unknown_rows_total{TARGET, ${SOURCE}}`]: '0x60',
    },
    healthy: {
      [`${METRIC}too_late_rows_total{TARGET, ${SOURCE}}`]: '5x60',
      [`${METRIC}unknown_rows_total{TARGET, ${SOURCE}}`]: '0x60',
      [`${METRIC}late_records_total{TARGET, ${SOURCE}}`]: '0+50x60',
    },
    labels: L7,
    summary: 'NAMESPACE/flow-logs has not sent rows of flow_log.l7_flow_log',
  },
  {
    alert: 'DeepflowExporterRefusesPushes',
    trouble: PUSHES('0+60x60'),
    healthy: {
      ...PUSHES('9x60'),
      [`${METRIC}push_refused_connections_total{TARGET}`]: '9x60',
    },
    almost: PUSHES('0+20x60'),
    summary: 'NAMESPACE/flow-logs refuses records that are pushed to it',
  },
  {
    alert: 'DeepflowExporterCredentialsDiffer',
    trouble: {
      [`${METRIC}credentials_revision{TARGET}`]: '1x60',
      [`${METRIC}credentials_revision{OTHER}`]: '2x60',
    },
    // The second pod takes a minute longer.
    healthy: {
      [`${METRIC}credentials_revision{TARGET}`]: '7x19 8x40',
      [`${METRIC}credentials_revision{OTHER}`]: '7x20 8x39',
    },
    summary: 'Pods of NAMESPACE/flow-logs use different credentials',
  },
  {
    alert: 'DeepflowExporterLoginsFail',
    trouble: { [`${METRIC}session_replaced_in_seconds{TARGET}`]: '600-60x10 0x50' },
    healthy: { [`${METRIC}session_replaced_in_seconds{TARGET}`]: '600-60x10 0 600x49' },
    labels: { pod: 'flow-logs-1' },
    summary: 'flow-logs-1 of NAMESPACE/flow-logs cannot log in to Kafka again',
  },
  {
    alert: 'DeepflowExporterClickHouseDown',
    trouble: {
      [`${METRIC}clickhouse_address_up{TARGET, address="http://one:8123"}`]: '0x60',
      [`${METRIC}clickhouse_address_up{TARGET, address="http://two:8123"}`]: '1x60',
    },
    healthy: { [`${METRIC}clickhouse_address_up{TARGET, address="http://one:8123"}`]: '1x60' },
    labels: { address: 'http://one:8123' },
    summary: 'NAMESPACE/flow-logs does not reach ClickHouse at http://one:8123',
  },
  {
    alert: 'DeepflowExporterFull',
    trouble: QUEUED('950x60'),
    healthy: QUEUED('100x60'),
    labels: { pod: 'flow-logs-1' },
    summary: 'The queue of flow-logs-1 of NAMESPACE/flow-logs is full',
  },
  {
    alert: 'DeepflowExporterThrottled',
    trouble: { [`${METRIC}throttle_seconds_total{TARGET}`]: '0+30x60' },
    healthy: { [`${METRIC}throttle_seconds_total{TARGET}`]: '0x60' },
    almost: { [`${METRIC}throttle_seconds_total{TARGET}`]: '0+9x60' },
    summary: 'A quota of Kafka slows NAMESPACE/flow-logs down',
  },
  {
    alert: 'DeepflowExporterSlow',
    trouble: ANSWERS('Produce', 60),
    // Kafka delays its answers to Fetch.
    healthy: { ...ANSWERS('Produce', 3), ...ANSWERS('Fetch', 600) },
    labels: { api: 'Produce' },
    summary: 'Kafka takes more than a second to store batches of NAMESPACE/flow-logs',
  },
  {
    alert: 'DeepflowOperatorAbsent',
    trouble: { 'controller_runtime_max_concurrent_reconciles{OPERATOR, controller="x"}': '1x60' },
    healthy: {
      'controller_runtime_max_concurrent_reconciles{OPERATOR, controller="kafkaexporter"}': '8x60',
    },
    labels: { controller: 'kafkaexporter' },
    summary: 'Prometheus has no metrics of an operator of KafkaExporters',
    alone: true,
  },
  {
    alert: 'DeepflowOperatorNoLeader',
    trouble: {
      'leader_election_master_status{OPERATOR, name="deepflow-kafka-exporter-operator"}': '0x60',
    },
    healthy: {
      'leader_election_master_status{OPERATOR, name="deepflow-kafka-exporter-operator"}': '1x60',
    },
    summary: 'No operator in NAMESPACE reconciles KafkaExporters',
  },
  {
    alert: 'DeepflowOperatorFailing',
    trouble: {
      'controller_runtime_reconcile_errors_total{OPERATOR, controller="kafkaexporter"}': '0+2x60',
    },
    healthy: {
      'controller_runtime_reconcile_errors_total{OPERATOR, controller="kafkaexporter"}': '2x60',
    },
    summary: 'The operator in NAMESPACE cannot reconcile some KafkaExporters',
  },
];
