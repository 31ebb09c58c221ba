import { RESOURCE } from '../rule.ts';
import { graph, number, type Row } from './panel.ts';

/** The metrics of an exporter begin so. */
const PREFIX = 'deepflow_kafka_exporter_';
/** The exporters that the user of the dashboard has chosen. */
const CHOSEN = 'namespace=~"$namespace", export_deepflow_io_exporter=~"$exporter"';
const NAME = '{{namespace}}/{{export_deepflow_io_exporter}}';
const POD = '{{namespace}}/{{pod}}';

const of = (metric: string): string => `${PREFIX}${metric}{${CHOSEN}}`;
const recorded = (level: string, rest: string): string => `${level}:${PREFIX}${rest}{${CHOSEN}}`;
const rate = (metric: string): string => `rate(${of(metric)}[$__rate_interval])`;
const sum = (labels: string, metric: string): string =>
  `sum by (${RESOURCE}, ${labels}) (${rate(metric)})`;
const mean = (histogram: string): string =>
  `sum by (${RESOURCE}) (${rate(`${histogram}_sum`)}) / sum by (${RESOURCE}) (${rate(`${histogram}_count`)})`;

const READY = recorded('exporter', 'resource_ready:min');
const LAG = recorded('exporter_data_source', 'lag_seconds:max');
const RECORDS = recorded('exporter_data_source', 'records:rate5m');
const BYTES = recorded('exporter_data_source', 'sent_bytes:rate5m');

/** What the dashboard shows of exporters. */
export const EXPORTER_ROWS: readonly Row[] = [
  {
    title: 'Fleet',
    panels: [
      number('KafkaExporters', 'none', `count(${READY})`),
      number('Not ready', 'none', `count(${READY} == 0) or vector(0)`),
      number('Largest lag', 's', `max(${LAG})`),
      number('Records', 'cps', `sum(${RECORDS})`),
      {
        ...graph('Ready', 'none', { [NAME]: READY }),
        description: '1: the condition Ready is true. 0: it is not.',
      },
      graph('Pods with metrics', 'none', {
        [NAME]: `sum by (${RESOURCE}) (up{${CHOSEN}})`,
      }),
    ],
  },
  {
    title: 'Lag',
    panels: [
      {
        ...graph('Lag', 's', { [`${NAME} {{data_source}}`]: LAG }),
        description: 'Age of the oldest record that is not delivered; never below settleSeconds.',
      },
      graph('Shards with the largest lag', 's', {
        [`${NAME} {{data_source}} {{shard}}`]: `topk(10, max by (${RESOURCE}, data_source, shard) (${of('shard_lag_seconds')}))`,
      }),
    ],
  },
  {
    title: 'Throughput',
    panels: [
      graph('Records', 'cps', { [`${NAME} {{data_source}}`]: RECORDS }),
      graph('Compressed bytes', 'Bps', { [`${NAME} {{data_source}}`]: BYTES }),
      graph('Records of a batch, on average', 'none', { [NAME]: mean('batch_records') }),
      graph('Compressed size of a batch, on average', 'bytes', { [NAME]: mean('batch_bytes') }),
      graph('Batches', 'cps', { [`${NAME} {{data_source}}`]: sum('data_source', 'batches_total') }),
      {
        ...graph('From a batch to its acknowledgement, on average', 's', {
          [NAME]: mean('send_duration_seconds'),
        }),
        description: 'It includes the wait for earlier batches of the partition and all tries.',
      },
      graph('99 % of Kafka’s answers take at most', 's', {
        [`${NAME} {{api}}`]: recorded('exporter_api', 'request_duration_seconds:p99_rate5m'),
      }),
      graph('How full the queue is', 'percentunit', {
        [POD]: recorded('exporter_pod', 'queued_records:ratio'),
      }),
    ],
  },
  {
    title: 'Errors and retries',
    panels: [
      graph('Transactions', 'cps', {
        [`${NAME} {{outcome}}`]: recorded('exporter_outcome', 'transactions:rate5m'),
      }),
      graph('Sends that are tried again', 'cps', {
        [`${NAME} {{topic}} {{reason}}`]: recorded('exporter_topic_reason', 'retries:rate5m'),
      }),
      graph('Records that their topic does not accept', 'cps', {
        [`${NAME} {{data_source}} {{reason}}`]: sum(
          'data_source, reason',
          'rejected_records_total',
        ),
      }),
      graph('Late rows', 'cps', {
        [`${NAME} {{data_source}} sent`]: sum('data_source', 'late_records_total'),
        [`${NAME} {{data_source}} too late, not sent`]: sum('data_source', 'too_late_rows_total'),
        [`${NAME} {{data_source}} unknown, not sent`]: sum('data_source', 'unknown_rows_total'),
      }),
      graph('Wrong values in DeepFlow’s tables', 'cps', {
        [`${NAME} {{data_source}} {{reason}}`]: sum('data_source, reason', 'value_faults_total'),
      }),
      {
        ...graph('Throttling', 'none', { [NAME]: recorded('exporter', 'throttle_seconds:rate5m') }),
        description:
          'Seconds of each second for which brokers ask the exporter to send nothing. Each answer counts, so it can be above 1.',
      },
    ],
  },
  {
    title: 'Credentials and connections',
    panels: [
      graph('Revision of the credentials', 'none', { [POD]: of('credentials_revision') }),
      graph('Time until the session is replaced', 's', {
        [POD]: of('session_replaced_in_seconds'),
      }),
      graph('Connected brokers', 'none', { [POD]: of('connected_brokers') }),
    ],
  },
  {
    title: 'ClickHouse',
    panels: [
      graph('Addresses that answer', 'none', {
        [`${POD} {{address}}`]: of('clickhouse_address_up'),
      }),
      graph('Queries', 'none', {
        [`${POD} running`]: of('clickhouse_queries'),
        [`${POD} waiting`]: of('clickhouse_queries_waiting'),
      }),
      graph('Failed reads of the dictionaries of names', 'cps', {
        [`${NAME} {{dictionary}}`]: sum('dictionary', 'names_readings_failed_total'),
      }),
    ],
  },
  {
    title: 'Pushes',
    panels: [
      graph('Requests', 'cps', { [`${NAME} {{status}}`]: sum('status', 'push_requests_total') }),
      graph('Refused connections', 'cps', {
        [NAME]: `sum by (${RESOURCE}) (${rate('push_refused_connections_total')})`,
      }),
      graph('Lines that became no record', 'cps', {
        [`${NAME} {{data_source}} {{reason}}`]: sum(
          'data_source, reason',
          'push_rejected_lines_total',
        ),
      }),
      graph('How full the buffer of bodies is', 'percentunit', {
        [POD]: `${of('push_held_bytes')} / ${of('push_held_bytes_max')}`,
      }),
    ],
  },
  {
    title: 'CPU and memory of exporters',
    panels: [
      graph('CPU', 'none', {
        [POD]: `rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval])`,
      }),
      graph('Memory', 'bytes', { [POD]: `process_resident_memory_bytes{${CHOSEN}}` }),
      graph('Delay of the event loop, 99 %', 's', {
        [POD]: `nodejs_eventloop_lag_p99_seconds{${CHOSEN}}`,
      }),
    ],
  },
];
