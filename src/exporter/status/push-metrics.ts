import { Counter, Gauge, type Registry } from 'prom-client';
import type { DataSource } from '../../deepflow/data-sources.ts';

/** What the push server counts. */
export interface PushMetrics {
  /** A request was answered. */
  answered(status: number): void;
  /** A connection was closed because there were too many. */
  refusedConnection(): void;
  /** Lines did not become records. */
  rejectedLines(dataSource: DataSource, reason: string, count: number): void;
}

/** Registers the push server's metrics. */
export function createPushMetrics(
  registry: Registry,
  sources: { readonly heldBytes: () => number; readonly heldBytesMax: number },
): PushMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'deepflow_kafka_exporter_push_requests_total',
    help: 'Requests to the push server that were answered, by status.',
    labelNames: ['status'],
    registers,
  });
  const refused = new Counter({
    name: 'deepflow_kafka_exporter_push_refused_connections_total',
    help: 'Connections that were closed at once, since the maximum number of connections was open.',
    registers,
  });
  const lines = new Counter({
    name: 'deepflow_kafka_exporter_push_rejected_lines_total',
    help: 'Pushed lines that did not become records, by reason.',
    labelNames: ['data_source', 'reason'],
    registers,
  });
  new Gauge({
    name: 'deepflow_kafka_exporter_push_held_bytes',
    help: 'Bytes of bodies that are held until Kafka has their records.',
    registers,
    collect() {
      this.set(sources.heldBytes());
    },
  });
  new Gauge({
    name: 'deepflow_kafka_exporter_push_held_bytes_max',
    help: 'The most bytes of bodies that may be held (spec.source.http.maxBufferedBytes).',
    registers,
    collect() {
      this.set(sources.heldBytesMax);
    },
  });
  return {
    answered: (status) => {
      requests.inc({ status });
    },
    refusedConnection: () => {
      refused.inc();
    },
    rejectedLines: (dataSource, reason, count) => {
      lines.inc({ data_source: dataSource, reason }, count);
    },
  };
}
