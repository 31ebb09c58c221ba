import { Counter, Histogram, type Registry } from 'prom-client';
import type { EncodedBatch } from '../encode/encoded-batch.ts';

/** What is counted of the batches, requests and transactions that go to Kafka. */
export interface KafkaMetrics {
  delivered(batch: DeliveredBatch): void;
  /** A transaction has ended. */
  transactionEnded(outcome: TransactionOutcome): void;
  /** A broker has answered a request. `api` is Kafka's name of the API, such as `Produce`. */
  answered(api: string, tookMs: number): void;
  /** A broker has asked the exporter to send nothing for some milliseconds. */
  throttled(ms: number): void;
  /** Records that Kafka has acknowledged since the start. */
  recordsExported(): number;
  /** Bytes of record batches that Kafka has acknowledged since the start. */
  bytesExported(): number;
  /** Milliseconds for which brokers have asked the exporter to send nothing since the start. */
  throttledMs(): number;
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

const LATENCY_BUCKETS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15];
const RECORDS_BUCKETS = [1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000, 25_000];
const BYTES_BUCKETS = [1, 4, 16, 64, 128, 256, 512, 1_024, 2_048, 4_096].map((kib) => kib * 1_024);

/** Registers the metrics of what goes to Kafka. */
export function registerKafkaMetrics(registers: Registry[]): KafkaMetrics {
  return {
    ...registerDelivered(registers),
    ...registerRequests(registers),
    ...registerThrottle(registers),
  };
}

function registerDelivered(
  registers: Registry[],
): Pick<KafkaMetrics, 'delivered' | 'recordsExported' | 'bytesExported'> {
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

function registerThrottle(registers: Registry[]): Pick<KafkaMetrics, 'throttled' | 'throttledMs'> {
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
): Pick<KafkaMetrics, 'answered' | 'transactionEnded'> {
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
