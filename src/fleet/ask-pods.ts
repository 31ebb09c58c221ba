import { REPORT_BYTES_MAX, statusReportSchema } from '../exporter/contract/status-report.ts';
import type { Clock } from '../lib/clock.ts';
import { limitConcurrency } from '../lib/concurrency-limit.ts';
import { HTTP_PORT } from '../operator/desired/deployment.ts';
import { KubeError } from '../operator/kube/kube-error.ts';
import type { CounterParts, PodCounters, PodReading, PodState } from './fleet-reading.ts';
import { byLabel, metricSamples, type Sample, sumOf } from './metric-samples.ts';
import { type FleetClient, REQUESTS_MAX } from './open-cluster.ts';

/** A pod to ask. */
export interface PodToAsk {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Only a pod that runs is asked. */
  readonly state: PodState;
}

/** What the pods have answered, in the order of the pods. */
export interface PodAnswers {
  readonly readings: readonly PodReading[];
  /** What could not be read, as sentences. */
  readonly gaps: readonly string[];
}

/** Exporters with many shards and data sources have some hundred kilobytes of metrics. */
const METRICS_BYTES_MAX = 4 * 1_048_576;
/** Pods that are not asked after this time are left out. The API server waits for each pod that does not answer. */
const ASKING_MS_MAX = 15_000;
/** More pods are not named in a sentence. */
const NAMED_MAX = 3;

const RECORDS = 'deepflow_kafka_exporter_records_total';
const BYTES = 'deepflow_kafka_exporter_sent_bytes_total';
const RETRIES = 'deepflow_kafka_exporter_retries_total';
const CPU = 'process_cpu_seconds_total';
const MEMORY = 'process_resident_memory_bytes';
const REJECTED = 'deepflow_kafka_exporter_rejected_records_total';
const LAG = 'deepflow_kafka_exporter_lag_seconds';
const SHARD_LAG = 'deepflow_kafka_exporter_shard_lag_seconds';
const METRICS = [RECORDS, BYTES, RETRIES, CPU, MEMORY, REJECTED, LAG, SHARD_LAG];

/**
 * Asks every running pod for its report and its metrics, through the API server's proxy and with the rights of the user. In a
 * namespace in which the user has no right to do so, one pod alone is asked. It never fails.
 */
export async function askPods(
  deps: { readonly client: FleetClient; readonly clock: Clock },
  pods: readonly PodToAsk[],
): Promise<PodAnswers> {
  const { clock } = deps;
  const untilMs = clock.monotonicMs() + ASKING_MS_MAX;
  const limited = limitConcurrency(REQUESTS_MAX);
  const forbidden = new Set<string>();
  const silent: string[] = [];
  const late: string[] = [];
  const ask = async (pod: PodToAsk): Promise<PodReading> => {
    const { name, namespace, state, uid } = pod;
    const nothing = { name, uid, state, report: undefined, counters: undefined, isSilent: false };
    const runs = state === 'Ready' || state === 'NotReady';
    if (!runs || forbidden.has(namespace)) return nothing;
    if (clock.monotonicMs() > untilMs) {
      late.push(`${namespace}/${name}`);
      return nothing;
    }
    try {
      return { ...nothing, ...(await answersOf(deps, pod)) };
    } catch (error) {
      if (isForbidden(error)) {
        forbidden.add(namespace);
        return nothing;
      }
      silent.push(`${namespace}/${name}`);
      return { ...nothing, isSilent: true };
    }
  };
  const readings = await Promise.all(pods.map((pod) => limited(() => ask(pod))));
  return {
    readings,
    gaps: [...[...forbidden].toSorted().map(noRight), ...unanswered(silent, late)],
  };
}

async function answersOf(
  { client, clock }: { readonly client: FleetClient; readonly clock: Clock },
  { name, namespace }: PodToAsk,
): Promise<Pick<PodReading, 'counters' | 'report'>> {
  const at = { name, namespace, port: HTTP_PORT };
  const status = await client.getThroughProxy({ ...at, path: '/status' }, REPORT_BYTES_MAX);
  const report = statusReportSchema.parse(JSON.parse(status));
  const metrics = await client.getThroughProxy({ ...at, path: '/metrics' }, METRICS_BYTES_MAX);
  return { report, counters: countersOf(metrics, clock.monotonicMs()) };
}

/** prom-client writes a counter with labels only once it has counted something. */
function countersOf(metrics: string, atMs: number): PodCounters {
  const samples = metricSamples(metrics, METRICS);
  const sum = (name: string): number => sumOf(samples, name);
  return {
    records: sum(RECORDS),
    bytes: sum(BYTES),
    retries: sum(RETRIES),
    cpuSeconds: sum(CPU),
    memoryBytes: sum(MEMORY),
    atMs,
    parts: partsOf(samples),
  };
}

function partsOf(samples: readonly Sample[]): CounterParts {
  const sums = (name: string, label: string): ReadonlyMap<string, number> =>
    byLabel(samples, { name, label }, (a, b) => a + b);
  return {
    records: sums(RECORDS, 'data_source'),
    rejected: sums(REJECTED, 'data_source'),
    retries: sums(RETRIES, 'topic'),
    lag: byLabel(samples, { name: LAG, label: 'data_source' }, Math.max),
    shardLag: byLabel(samples, { name: SHARD_LAG, label: 'shard' }, Math.max),
  };
}

/** A pod could also answer 403, but not with the API server's reason. */
function isForbidden(error: unknown): boolean {
  return error instanceof KubeError && error.detail.reason === 'Forbidden';
}

function noRight(namespace: string): string {
  return `you may not ask the pods of namespace ${namespace} (right: get pods/proxy), so rates, retries and the exact lag are not shown: docs/command-line.md says which role has the right`;
}

function unanswered(silent: readonly string[], late: readonly string[]): readonly string[] {
  const gaps: string[] = [];
  if (silent.length > 0) {
    gaps.push(`${named(silent)} did not answer: the numbers are without them`);
  }
  if (late.length > 0) {
    gaps.push(
      `${named(late)} were not asked, since others took longer than ${ASKING_MS_MAX / 1_000} seconds: name a namespace or an exporter to ask fewer pods`,
    );
  }
  return gaps;
}

function named(pods: readonly string[]): string {
  const shown = pods.toSorted().slice(0, NAMED_MAX).join(', ');
  const more = pods.length - NAMED_MAX;
  return `${pods.length === 1 ? 'pod' : 'pods'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}
