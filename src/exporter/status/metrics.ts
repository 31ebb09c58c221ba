import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';

/** What the exporter counts. */
export interface ExporterMetrics {
  delivered(batch: DeliveredBatch): void;
  retried(topic: string, reason: string): void;
  /**
   * Changes the number of records that wait in a producer. A negative number: they no longer wait.
   */
  queued(records: number): void;
  /** A transaction has ended. */
  transactionEnded(outcome: TransactionOutcome): void;
  /** A broker has answered a request. `api` is Kafka's name of the API, such as `Produce`. */
  answered(api: string, tookMs: number): void;
  /** A broker has asked the exporter to send nothing for some milliseconds. */
  throttled(ms: number): void;
  /** Records were not written to their topic, permanently. */
  rejected(dataSource: DataSource, reason: string, records: number): void;
  /**
   * Late rows were found: `sent` rows were sent, and `unknown` rows could not be distinguished from
   * sent rows.
   */
  lateRows(dataSource: DataSource, sent: number, unknown: number): void;
  /** Rows were found that came too late. They are not sent. */
  tooLateRows(dataSource: DataSource, rows: number): void;
  /** The dictionaries of names were read. */
  namesRead(reading: NamesCount): void;
  /** An address of ClickHouse, without credentials, answers or fails now. */
  addressChanged(address: string, isUp: boolean): void;
  /** The number of running and waiting ClickHouse queries has changed. */
  clickHouseQueries(counts: ClickHouseQueries): void;
  /** Records that Kafka has acknowledged since the start. */
  recordsExported(): number;
  /** Bytes of record batches that Kafka has acknowledged since the start. */
  bytesExported(): number;
  /** Milliseconds for which brokers have asked the exporter to send nothing since the start. */
  throttledMs(): number;
  /** Records that wait in producers now. */
  recordsQueued(): number;
}

/** A batch that is stored in Kafka. */
export interface DeliveredBatch extends Pick<EncodedBatch, 'dataSource' | 'records' | 'faults'> {
  /** The size as sent. */
  readonly bytes: number;
  /** The time from sending the batch to its acknowledgement. */
  readonly tookMs: number;
}
/**
 * How a transaction ended:
 * - `committed`
 * - `aborted`: given up, to be tried again
 * - `fenced`: another exporter has taken the shard over
 * - `uncertain`: the commit was not answered. The progress in Kafka shows whether it succeeded
 */
export type TransactionOutcome = 'committed' | 'aborted' | 'fenced' | 'uncertain';

/** The number of ClickHouse queries, at all addresses together. */
interface ClickHouseQueries {
  readonly running: number;
  /** Queries that wait until another query ends. */
  readonly waiting: number;
}

/** The counts of a reading of the dictionaries. */
interface NamesCount {
  readonly failures: readonly { readonly dictionary: string }[];
  readonly skipped: number;
}

const LATENCY_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15];
const RECORDS_BUCKETS = [1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000, 25_000];
const BYTES_BUCKETS = [1, 4, 16, 64, 128, 256, 512, 1_024, 2_048, 4_096].map((kib) => kib * 1_024);

/** Registers the metrics of the exporter. */
export function createExporterMetrics(registry: Registry): ExporterMetrics {
  const registers = [registry];
  const retries = new Counter({
    name: 'deepflow_kafka_exporter_retries_total',
    help: 'Sends of a record batch that failed and were repeated, by cause.',
    labelNames: ['topic', 'reason'],
    registers,
  });
  const rejected = new Counter({
    name: 'deepflow_kafka_exporter_rejected_records_total',
    help: 'Records that their topic cannot accept, by reason.',
    labelNames: ['data_source', 'reason'],
    registers,
  });
  let queued = 0;
  return {
    ...registerDelivered(registers),
    retried: (topic, reason) => {
      retries.inc({ topic, reason });
    },
    queued: (count) => {
      queued += count;
    },
    ...registerRequests(registers),
    ...registerThrottle(registers),
    namesRead: registerNames(registers),
    ...registerClickHouse(registers),
    rejected: (dataSource, reason, count) => {
      rejected.inc({ data_source: dataSource, reason }, count);
    },
    lateRows: registerLateRows(registers),
    tooLateRows: registerTooLateRows(registers),
    recordsQueued: () => queued,
  };
}

function registerDelivered(
  registers: Registry[],
): Pick<ExporterMetrics, 'delivered' | 'recordsExported' | 'bytesExported'> {
  const records = new Counter({
    name: 'deepflow_kafka_exporter_records_total',
    help: 'Records that Kafka has acknowledged.',
    labelNames: ['data_source'],
    registers,
  });
  const batches = new Counter({
    name: 'deepflow_kafka_exporter_batches_total',
    help: 'Record batches that Kafka has acknowledged.',
    labelNames: ['data_source'],
    registers,
  });
  const bytesSent = new Counter({
    name: 'deepflow_kafka_exporter_sent_bytes_total',
    help: 'Bytes of acknowledged record batches, as sent.',
    labelNames: ['data_source'],
    registers,
  });
  const faults = new Counter({
    name: 'deepflow_kafka_exporter_value_faults_total',
    help: "Faulty values in DeepFlow's tables, in records that were delivered nevertheless, by reason.",
    labelNames: ['data_source', 'reason'],
    registers,
  });
  const observeBatch = registerBatches(registers);
  let exported = 0;
  let bytes = 0;
  return {
    delivered: (batch) => {
      exported += batch.records;
      bytes += batch.bytes;
      records.inc({ data_source: batch.dataSource }, batch.records);
      batches.inc({ data_source: batch.dataSource });
      bytesSent.inc({ data_source: batch.dataSource }, batch.bytes);
      observeBatch(batch);
      for (const [reason, count] of Object.entries(batch.faults)) {
        faults.inc({ data_source: batch.dataSource, reason }, count);
      }
    },
    recordsExported: () => exported,
    bytesExported: () => bytes,
  };
}

function registerThrottle(
  registers: Registry[],
): Pick<ExporterMetrics, 'throttled' | 'throttledMs'> {
  const throttle = new Counter({
    name: 'deepflow_kafka_exporter_throttle_seconds_total',
    help: 'Time for which brokers have asked the exporter to send nothing, since a quota of Kafka is exceeded.',
    registers,
  });
  let sum = 0;
  return {
    throttled: (ms) => {
      sum += ms;
      throttle.inc(ms / 1000);
    },
    throttledMs: () => sum,
  };
}

function registerBatches(registers: Registry[]): (batch: DeliveredBatch) => void {
  const duration = new Histogram({
    name: 'deepflow_kafka_exporter_send_duration_seconds',
    help: 'Time from the moment when a record batch is ready to its acknowledgement, including all tries and waits.',
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const records = new Histogram({
    name: 'deepflow_kafka_exporter_batch_records',
    help: 'Records of an acknowledged record batch.',
    buckets: RECORDS_BUCKETS,
    registers,
  });
  const size = new Histogram({
    name: 'deepflow_kafka_exporter_batch_bytes',
    help: 'Bytes of an acknowledged record batch, as sent.',
    buckets: BYTES_BUCKETS,
    registers,
  });
  return (batch) => {
    duration.observe(batch.tookMs / 1000);
    records.observe(batch.records);
    size.observe(batch.bytes);
  };
}

function registerRequests(
  registers: Registry[],
): Pick<ExporterMetrics, 'answered' | 'transactionEnded'> {
  const duration = new Histogram({
    name: 'deepflow_kafka_exporter_request_duration_seconds',
    help: 'Time from writing a request to a broker to its answer, by API. Each try counts.',
    labelNames: ['api'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const transactions = new Counter({
    name: 'deepflow_kafka_exporter_transactions_total',
    help: 'Transactions that ended, by outcome: committed, aborted, fenced, uncertain.',
    labelNames: ['outcome'],
    registers,
  });
  return {
    answered: (api, tookMs) => {
      duration.observe({ api }, tookMs / 1000);
    },
    transactionEnded: (outcome) => {
      transactions.inc({ outcome });
    },
  };
}

function registerLateRows(registers: Registry[]): ExporterMetrics['lateRows'] {
  const late = new Counter({
    name: 'deepflow_kafka_exporter_late_records_total',
    help: 'Late rows that were sent: they were stored after their second was read for the first time.',
    labelNames: ['data_source'],
    registers,
  });
  const unknown = new Counter({
    name: 'deepflow_kafka_exporter_unknown_rows_total',
    help: 'Late rows that were not sent, since the columns of the table changed and these rows cannot be distinguished from sent rows.',
    labelNames: ['data_source'],
    registers,
  });
  return (dataSource, sent, unknownRows) => {
    late.inc({ data_source: dataSource }, sent);
    unknown.inc({ data_source: dataSource }, unknownRows);
  };
}

function registerTooLateRows(registers: Registry[]): ExporterMetrics['tooLateRows'] {
  const tooLate = new Counter({
    name: 'deepflow_kafka_exporter_too_late_rows_total',
    help: 'Rows that were not sent, since they were stored after their second was final (latenessSeconds), as far as a later count finds them.',
    labelNames: ['data_source'],
    registers,
  });
  return (dataSource, rows) => {
    tooLate.inc({ data_source: dataSource }, rows);
  };
}

function registerNames(registers: Registry[]): ExporterMetrics['namesRead'] {
  const names = new Counter({
    name: 'deepflow_kafka_exporter_names_readings_failed_total',
    help: 'Failed readings of a dictionary of names. The last names stay in use.',
    labelNames: ['dictionary'],
    registers,
  });
  const nameRows = new Gauge({
    name: 'deepflow_kafka_exporter_names_rows_skipped',
    help: 'Rows of the dictionaries that no record can refer to, in the last reading.',
    registers,
  });
  return ({ failures, skipped }) => {
    for (const { dictionary } of failures) names.inc({ dictionary });
    nameRows.set(skipped);
  };
}

function registerClickHouse(
  registers: Registry[],
): Pick<ExporterMetrics, 'addressChanged' | 'clickHouseQueries'> {
  const up = new Gauge({
    name: 'deepflow_kafka_exporter_clickhouse_address_up',
    help: '1 when the last query at an address of ClickHouse succeeded, 0 while the address fails and is not used.',
    labelNames: ['address'],
    registers,
  });
  const running = new Gauge({
    name: 'deepflow_kafka_exporter_clickhouse_queries',
    help: 'Queries of ClickHouse that run now, at all addresses together.',
    registers,
  });
  const waiting = new Gauge({
    name: 'deepflow_kafka_exporter_clickhouse_queries_waiting',
    help: 'Queries of ClickHouse that wait, since the maximum number of queries runs (maxConcurrentQueries).',
    registers,
  });
  return {
    addressChanged: (address, isUp) => {
      up.set({ address }, isUp ? 1 : 0);
    },
    clickHouseQueries: (counts) => {
      running.set(counts.running);
      waiting.set(counts.waiting);
    },
  };
}
