import { type RecordingRule, RESOURCE } from './rule.ts';

/** The metrics of an exporter begin so. */
const PREFIX = 'deepflow_kafka_exporter_';

const rate = (metric: string, labels: string): string =>
  `sum by (${labels}) (rate(${PREFIX}${metric}_total[5m]))`;

/** The series of each exporter that the dashboard and the alerts read. */
export const RECORDING_RULES: readonly RecordingRule[] = [
  {
    record: `exporter:${PREFIX}resource_ready:min`,
    expr: `min by (${RESOURCE}) (label_replace(${PREFIX}resource_ready, "namespace", "$1", "export_deepflow_io_namespace", "(.+)"))`,
  },
  {
    record: `exporter_data_source:${PREFIX}lag_seconds:max`,
    expr: `max by (${RESOURCE}, data_source) (${PREFIX}lag_seconds)`,
  },
  {
    record: `exporter_data_source:${PREFIX}records:rate5m`,
    expr: rate('records', `${RESOURCE}, data_source`),
  },
  {
    record: `exporter_data_source:${PREFIX}sent_bytes:rate5m`,
    expr: rate('sent_bytes', `${RESOURCE}, data_source`),
  },
  {
    record: `exporter_outcome:${PREFIX}transactions:rate5m`,
    expr: rate('transactions', `${RESOURCE}, outcome`),
  },
  {
    record: `exporter_topic_reason:${PREFIX}retries:rate5m`,
    expr: rate('retries', `${RESOURCE}, topic, reason`),
  },
  {
    record: `exporter:${PREFIX}throttle_seconds:rate5m`,
    expr: rate('throttle_seconds', RESOURCE),
  },
  {
    record: `exporter_api:${PREFIX}request_duration_seconds:p99_rate5m`,
    expr: `histogram_quantile(0.99, sum by (${RESOURCE}, api, le) (rate(${PREFIX}request_duration_seconds_bucket[5m])))`,
  },
  {
    record: `exporter_pod:${PREFIX}queued_records:ratio`,
    expr: `max by (${RESOURCE}, pod) (${PREFIX}queued_records / ${PREFIX}queued_records_max)`,
  },
];
