import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';

/** What the exporter counts. */
export interface ExporterMetrics {
  delivered(batch: DeliveredBatch): void;
  retried(topic: string, reason: string): void;
  /** Records wait in a producer from now on; fewer than none: they wait no more. */
  queued(records: number): void;
  /** A transaction has ended. */
  transactionEnded(outcome: TransactionOutcome): void;
  /** A broker has answered a request of one of Kafka's APIs (`Produce`). */
  answered(api: string, tookMs: number): void;
  /** A record was left out of its topic for good. */
  rejected(dataSource: DataSource, reason: string): void;
  /** Records were sent that came after their time was read first; `unknown` ones could not be told from others. */
  lateRows(dataSource: DataSource, sent: number, unknown: number): void;
  /** Rows were found that came after their time was read last: they are not sent. */
  tooLateRows(dataSource: DataSource, rows: number): void;
  /** The dictionaries of names were read. */
  namesRead(reading: NamesCount): void;
  /** An address of ClickHouse, without credentials, answers or fails now. */
  addressChanged(address: string, isUp: boolean): void;
  /** So many queries of ClickHouse run and wait now. */
  clickHouseQueries(counts: ClickHouseQueries): void;
  /** Records that Kafka has acknowledged since the start. */
  recordsExported(): number;
  /** Records that wait in producers now. */
  recordsQueued(): number;
}

/** A batch that is stored in Kafka. */
export interface DeliveredBatch extends Pick<EncodedBatch, 'dataSource' | 'records' | 'faults'> {
  /** As sent. */
  readonly bytes: number;
  /** From its being sent to its acknowledgement. */
  readonly tookMs: number;
}
/**
 * How a transaction ended:
 * - `committed`
 * - `aborted`: given up, to be tried anew
 * - `fenced`: another exporter has the shard
 * - `uncertain`: the commit was not answered; the progress in Kafka says what came of it
 */
export type TransactionOutcome = 'committed' | 'aborted' | 'fenced' | 'uncertain';

/** Queries of ClickHouse, at all its addresses together. */
interface ClickHouseQueries {
  readonly running: number;
  /** Those that wait until another ends. */
  readonly waiting: number;
}

/** What is counted of a reading of the dictionaries. */
interface NamesCount {
  readonly failures: readonly { readonly dictionary: string }[];
  readonly skipped: number;
}

const LATENCY_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15];
const RECORDS_BUCKETS = [1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000, 25_000];
const BYTES_BUCKETS = [1, 4, 16, 64, 128, 256, 512, 1_024, 2_048, 4_096].map((kib) => kib * 1_024);

/** Registers what the exporter counts. */
export function createExporterMetrics(registry: Registry): ExporterMetrics {
  const registers = [registry];
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
  const retries = new Counter({
    name: 'deepflow_kafka_exporter_retries_total',
    help: 'Sends of a record batch that failed and were tried again, by cause.',
    labelNames: ['topic', 'reason'],
    registers,
  });
  const rejected = new Counter({
    name: 'deepflow_kafka_exporter_rejected_records_total',
    help: 'Records that their topic can never take, by reason.',
    labelNames: ['data_source', 'reason'],
    registers,
  });
  const faults = new Counter({
    name: 'deepflow_kafka_exporter_value_faults_total',
    help: "Values that are wrong in DeepFlow's tables, in records that were delivered all the same, by reason.",
    labelNames: ['data_source', 'reason'],
    registers,
  });
  const observeBatch = registerBatches(registers);
  let exported = 0;
  let queued = 0;
  return {
    delivered: (batch) => {
      exported += batch.records;
      records.inc({ data_source: batch.dataSource }, batch.records);
      batches.inc({ data_source: batch.dataSource });
      bytesSent.inc({ data_source: batch.dataSource }, batch.bytes);
      observeBatch(batch);
      for (const [reason, count] of Object.entries(batch.faults)) {
        faults.inc({ data_source: batch.dataSource, reason }, count);
      }
    },
    retried: (topic, reason) => {
      retries.inc({ topic, reason });
    },
    queued: (count) => {
      queued += count;
    },
    ...registerRequests(registers),
    namesRead: registerNames(registers),
    ...registerClickHouse(registers),
    rejected: (dataSource, reason) => {
      rejected.inc({ data_source: dataSource, reason });
    },
    lateRows: registerLateRows(registers),
    tooLateRows: registerTooLateRows(registers),
    recordsExported: () => exported,
    recordsQueued: () => queued,
  };
}

function registerBatches(registers: Registry[]): (batch: DeliveredBatch) => void {
  const duration = new Histogram({
    name: 'deepflow_kafka_exporter_send_duration_seconds',
    help: 'Time from a record batch being ready to its acknowledgement, with all its tries and waits.',
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
    help: 'Time from writing a request to a broker to its answer, by API; each try counts.',
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
    help: 'Records that were stored after their time was read first, and sent when it was read again.',
    labelNames: ['data_source'],
    registers,
  });
  const unknown = new Counter({
    name: 'deepflow_kafka_exporter_unknown_rows_total',
    help: 'Late rows not sent, since the table changed its columns and they cannot be told from those sent before.',
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
    help: 'Rows not sent, since they were stored after their time was read last (latenessSeconds), as far as a later count finds them.',
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
    help: 'Readings of a dictionary of names that failed; its last names stay in use.',
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
    help: '1 when the last query that an address of ClickHouse was asked worked, 0 while it fails and is left alone.',
    labelNames: ['address'],
    registers,
  });
  const running = new Gauge({
    name: 'deepflow_kafka_exporter_clickhouse_queries',
    help: 'Queries that ClickHouse is asked now, at all addresses together.',
    registers,
  });
  const waiting = new Gauge({
    name: 'deepflow_kafka_exporter_clickhouse_queries_waiting',
    help: 'Queries that wait, since as many run as may (maxConcurrentQueries).',
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
