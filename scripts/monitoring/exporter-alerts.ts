import { type Alert, NAMED, OF_EXPORTERS, RESOURCE } from './rule.ts';

/** The metrics of an exporter begin so. */
const PREFIX = 'deepflow_kafka_exporter_';
const SECONDS_BEHIND_MAX = 300;

/**
 * The series of a counter that have grown in a quarter of an hour. A series with labels exists only from its first event on, and
 * `increase` does not see that one: so a series that is new and above 0 counts too.
 */
const grown = (counter: string): string =>
  `(increase(${PREFIX}${counter}[15m]) > 0 or (${PREFIX}${counter} > 0 unless ${PREFIX}${counter} offset 15m))`;

/** Whether records arrive. */
const DELIVERY: readonly Alert[] = [
  {
    name: 'DeepflowExporterNotReady',
    expr: `exporter:${PREFIX}resource_ready:min == 0`,
    for: '10m',
    severity: 'warning',
    summary: `The KafkaExporter ${NAMED} is not ready`,
    description: 'The condition `Ready` of the KafkaExporter says why, and what to do.',
  },
  {
    name: 'DeepflowExporterNotScraped',
    expr: `max by (${RESOURCE}, pod) (up{${OF_EXPORTERS}}) == 0`,
    for: '5m',
    severity: 'warning',
    summary: `Prometheus cannot read the metrics of {{ $labels.pod }} of ${NAMED}`,
    description: 'No other alert of this pod can fire. Look at the pod and at NetworkPolicies.',
  },
  {
    name: 'DeepflowExporterDisconnected',
    // The brokers close the connections of a pod to which nobody pushes; it connects again with the next request.
    expr: `max by (${RESOURCE}, pod) (${PREFIX}connected_brokers unless on (namespace, pod) ${PREFIX}push_held_bytes_max) == 0`,
    for: '5m',
    severity: 'warning',
    summary: `{{ $labels.pod }} of ${NAMED} has no connection to Kafka`,
    description: 'See the condition `Delivering`.',
  },
  {
    name: 'DeepflowExporterBehind',
    expr: `exporter_data_source:${PREFIX}lag_seconds:max > ${SECONDS_BEHIND_MAX}`,
    for: '5m',
    severity: 'warning',
    summary: `${NAMED} is {{ $value | humanizeDuration }} behind with {{ $labels.data_source }}`,
    description: 'Records are delivered late. See the condition `Delivering`.',
  },
  {
    name: 'DeepflowExporterFailing',
    expr: `sum by (${RESOURCE}) (exporter_outcome:${PREFIX}transactions:rate5m{outcome!="committed"}) > 0.1`,
    for: '5m',
    severity: 'warning',
    summary: `Transactions of ${NAMED} fail`,
    description: 'They are tried again. See the condition `Delivering`.',
  },
  {
    name: 'DeepflowExporterRetrying',
    expr: `exporter_topic_reason:${PREFIX}retries:rate5m > 1`,
    for: '5m',
    severity: 'warning',
    summary: `${NAMED} sends to {{ $labels.topic }} again and again: {{ $labels.reason }}`,
    description: 'The reason is one of the condition `Delivering`.',
  },
];

/** Whether all records arrive. */
const LOSS: readonly Alert[] = [
  {
    name: 'DeepflowExporterRejectsRecords',
    expr: `sum by (${RESOURCE}, data_source, reason) ${grown('rejected_records_total')}`,
    for: '0m',
    severity: 'warning',
    summary: `The topic of ${NAMED} does not accept records of {{ $labels.data_source }}: {{ $labels.reason }}`,
    description:
      'They are in the dead-letter topic, or dropped if there is none or it refuses them too.',
  },
  {
    name: 'DeepflowExporterSkipsRows',
    expr: `sum by (${RESOURCE}, data_source) (${grown('too_late_rows_total')} or ${grown('unknown_rows_total')})`,
    for: '0m',
    severity: 'warning',
    summary: `${NAMED} has not sent rows of {{ $labels.data_source }}`,
    description:
      'DeepFlow stored them too late, or the columns of the table changed. Increase `latenessSeconds`.',
  },
  {
    name: 'DeepflowExporterRefusesPushes',
    expr:
      `sum by (${RESOURCE}) (rate(${PREFIX}push_requests_total{status=~"503|504"}[5m])) / sum by (${RESOURCE}) (rate(${PREFIX}push_requests_total[5m])) > 0.05` +
      ` or sum by (${RESOURCE}) (rate(${PREFIX}push_refused_connections_total[5m])) > 0`,
    for: '5m',
    severity: 'warning',
    summary: `${NAMED} refuses records that are pushed to it`,
    description: 'Kafka is too slow, or clients open too many connections.',
  },
];

/** What will stop delivery if nobody acts. */
const SERVERS: readonly Alert[] = [
  {
    name: 'DeepflowExporterCredentialsDiffer',
    expr: `max by (${RESOURCE}) (${PREFIX}credentials_revision) != min by (${RESOURCE}) (${PREFIX}credentials_revision)`,
    for: '15m',
    severity: 'warning',
    summary: `Pods of ${NAMED} use different credentials`,
    description: 'See the condition `CredentialsApplied`. Keep the former credentials valid.',
  },
  {
    name: 'DeepflowExporterLoginsFail',
    expr: `min by (${RESOURCE}, pod) (${PREFIX}session_replaced_in_seconds) == 0`,
    for: '5m',
    severity: 'warning',
    summary: `{{ $labels.pod }} of ${NAMED} cannot log in to Kafka again`,
    description:
      'Its connections work until their logins expire. See the condition `CredentialsApplied`.',
  },
  {
    name: 'DeepflowExporterClickHouseDown',
    expr: `min by (${RESOURCE}, address) (${PREFIX}clickhouse_address_up) == 0`,
    for: '5m',
    severity: 'warning',
    summary: `${NAMED} does not reach ClickHouse at {{ $labels.address }}`,
    description: 'With `replicaUrls`, delivery continues at the other addresses.',
  },
];

/** Why it is slow. */
const LOAD: readonly Alert[] = [
  {
    name: 'DeepflowExporterFull',
    expr: `exporter_pod:${PREFIX}queued_records:ratio > 0.9`,
    for: '10m',
    severity: 'info',
    summary: `The queue of {{ $labels.pod }} of ${NAMED} is full`,
    description: 'Kafka is slower than ClickHouse. This is normal while an exporter catches up.',
  },
  {
    name: 'DeepflowExporterThrottled',
    expr: `exporter:${PREFIX}throttle_seconds:rate5m > 0.2`,
    for: '5m',
    severity: 'info',
    summary: `A quota of Kafka slows ${NAMED} down`,
    description: 'See the condition `Throttled`.',
  },
  {
    name: 'DeepflowExporterSlow',
    expr: `exporter_api:${PREFIX}request_duration_seconds:p99_rate5m{api="Produce"} > 1`,
    for: '5m',
    severity: 'info',
    summary: `Kafka takes more than a second to store batches of ${NAMED}`,
    description: 'Check the brokers, and the network to them.',
  },
];

/** The alerts on the metrics of exporters, and of the operator about them. */
export const EXPORTER_ALERTS: readonly Alert[] = [...DELIVERY, ...LOSS, ...SERVERS, ...LOAD];
