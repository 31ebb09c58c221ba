import { Counter, Gauge, type Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { type KafkaMetrics, registerKafkaMetrics } from './kafka-metrics.ts';

/** What the exporter counts. */
export interface ExporterMetrics extends KafkaMetrics {
  retried(topic: string, reason: string): void;
  /**
   * Changes the number of records that wait in a producer. A negative number: they no longer wait.
   */
  queued(records: number): void;
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
  /** Records that wait in producers now. */
  recordsQueued(): number;
}

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
    ...registerKafkaMetrics(registers),
    retried: (topic, reason) => {
      retries.inc({ topic, reason });
    },
    queued: (count) => {
      queued += count;
    },
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
