import type { FleetClient } from '../../src/fleet/open-cluster.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { type KubeObject, kubeObject } from '../../src/operator/kube/kube-object.ts';
import { podObject, sampleClient } from '../fleet/sample-fleet.ts';

/** An exporter of the sample: what its resource says, and what its pods do. */
interface Sample {
  readonly namespace: string;
  readonly name: string;
  readonly isHttp?: true;
  readonly topics: Readonly<Record<string, string>>;
  /** Records per second of a pod. */
  readonly rate: number;
  /** Sends of a pod that fail in a second, on average. */
  readonly errorRate?: number;
  /** Shards of each pod. */
  readonly pods: readonly (readonly number[])[];
  readonly shardCount?: number;
  readonly lagSeconds?: number | undefined;
  readonly ready: Condition;
  readonly conditions?: readonly Condition[];
  readonly status?: Readonly<Record<string, unknown>>;
  readonly desired?: number;
  readonly report?: Readonly<Record<string, unknown>>;
}

type Condition = readonly [type: string, status: string, reason: string, message: string];

const WELL: Condition = ['Ready', 'True', 'Delivering', 'records reach Kafka'];
const MISSING =
  'the topic invoices.l7 does not exist: kafka-topics.sh --create --topic invoices.l7 --partitions 6';
const REFUSED =
  'Kafka refuses user billing: correct the password in the Secret kafka-user; revision 4 stays in use';

function since(seconds: number, clock: Clock): string {
  return new Date(clock.now() - seconds * 1_000).toISOString();
}

function samples(clock: Clock): readonly Sample[] {
  const problem = { reason: 'TopicMissing', message: MISSING, since: since(250, clock) };
  const refusal = {
    reason: 'KafkaAuthenticationFailed',
    message: REFUSED,
    since: since(95, clock),
  };
  return [
    {
      namespace: 'observability',
      name: 'flow-logs',
      topics: { 'flow_log.l7_flow_log': 'deepflow.l7', 'flow_log.l4_flow_log': 'deepflow.l4' },
      rate: 2_400,
      pods: [
        [0, 1, 2],
        [3, 4],
      ],
      shardCount: 6,
      lagSeconds: 34,
      ready: WELL,
      status: { unownedShards: [5] },
      report: { candidate: { revision: 4 } },
    },
    {
      namespace: 'billing',
      name: 'invoices',
      topics: { 'flow_log.l7_flow_log': 'invoices.l7', 'event.event': 'invoices.events' },
      rate: 140,
      errorRate: 0.4,
      pods: [[0]],
      shardCount: 1,
      lagSeconds: 262,
      ready: ['Ready', 'False', 'TopicMissing', MISSING],
      conditions: [
        ['Delivering', 'False', 'TopicMissing', MISSING],
        ['CredentialsApplied', 'False', 'CredentialsRefused', REFUSED],
      ],
      desired: 4,
      report: { problems: [problem], candidate: { revision: 5, problem: refusal } },
    },
    {
      namespace: 'edge',
      name: 'pushed-spans',
      isHttp: true,
      topics: { 'flow_log.l7_flow_log': 'edge.spans' },
      rate: 610,
      pods: [[], []],
      ready: WELL,
    },
    {
      namespace: 'platform',
      name: 'all-tables',
      topics: Object.fromEntries(
        Array.from({ length: 24 }, (_, i) => [`flow_metrics.table_${i}`, `platform.metrics.${i}`]),
      ),
      rate: 5_200,
      pods: [0, 1, 2].map((pod) => Array.from({ length: 21 }, (_, i) => pod * 21 + i)),
      shardCount: 64,
      lagSeconds: 48,
      ready: WELL,
      conditions: [
        ['Throttled', 'True', 'KafkaQuotaExceeded', 'a quota of Kafka slows the exporter by 12 %'],
      ],
      status: { unownedShards: [63] },
    },
    {
      namespace: 'sandbox',
      name: 'trial',
      topics: { 'event.event': 'trial.events' },
      rate: 0,
      pods: [],
      ready: ['Ready', 'False', 'Disabled', 'spec.enabled is false'],
    },
  ];
}

/**
 * The client of an API server with five exporters, whose pods count on with the clock.
 *
 * @param isLively true: their lag changes with time, as it does in life.
 */
export function sampleCluster(clock: Clock, { isLively = false } = {}): FleetClient {
  const all = samples(clock);
  const startMs = clock.monotonicMs();
  const byPod = new Map(
    all.flatMap((sample) =>
      sample.pods.map((_, i) => [podName(sample, i), { sample, i }] as const),
    ),
  );
  const { client } = sampleClient({
    exporters: all.map((sample) => resourceOf(sample, clock)),
    pods: all.flatMap((sample) => sample.pods.map((_, number) => readyPod(sample, number))),
    answer: (pod) => (path) => {
      const { i, sample } = byPod.get(pod) ?? { i: 0, sample: undefined };
      if (sample === undefined) throw new Error(`no pod ${pod}`);
      const seconds = (clock.monotonicMs() - startMs) / 1_000;
      const lagSeconds = lagAfter(sample, isLively ? seconds : 0);
      const now = { ...sample, lagSeconds };
      return path === '/status' ? reportOf(now, i) : metricsOf(now, i, seconds);
    },
  });
  return client;
}

function lagAfter({ lagSeconds, rate }: Sample, seconds: number): number | undefined {
  if (lagSeconds === undefined) return undefined;
  const waves = Math.sin(seconds / (20 + (rate % 7))) ** 2 + Math.sin(seconds / 9) ** 2 / 2;
  return Math.round(lagSeconds * (1 + waves / 3));
}

function podName({ name }: Sample, number: number): string {
  return `${name}-exporter-${number}`;
}

function readyPod({ name, namespace }: Sample, number: number): KubeObject {
  const pod = podObject(name, { namespace, number });
  return {
    ...pod,
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

function resourceOf(sample: Sample, clock: Clock): KubeObject {
  const { desired = 3, isHttp, name, namespace, pods, ready, status, topics } = sample;
  const good: readonly Condition[] = [
    ['ConfigValid', 'True', 'Valid', 'the spec is valid'],
    ['CredentialsResolved', 'True', 'Resolved', 'all referenced Secrets are complete'],
    ['WorkloadAvailable', 'True', 'Available', 'all pods are ready'],
  ];
  const conditions = [ready, ...good, ...(sample.conditions ?? [])];
  return kubeObject.parse({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: since(86_400, clock) },
    spec: {
      dataSources: Object.keys(topics),
      source: isHttp === true ? { http: {} } : { clickHouse: { url: 'http://clickhouse:8123' } },
    },
    status: {
      conditions: conditions.map(([type, state, reason, message], i) => ({
        type,
        status: state,
        reason,
        message,
        lastTransitionTime: since(250 + i * 600, clock),
      })),
      pods: `${pods.length}/${pods.length}`,
      credentials: { desiredRevision: desired, appliedRevision: desired },
      delivery: { topics, ...status },
    },
  });
}

function reportOf(sample: Sample, pod: number): string {
  const { desired = 3, lagSeconds, report, shardCount } = sample;
  return JSON.stringify({
    delivering: true,
    problems: [],
    recordsExported: 1,
    credentialsRevision: desired,
    shards: sample.pods[pod],
    shardCount,
    lagSeconds,
    ...report,
  });
}

function metricsOf(
  { errorRate = 0, lagSeconds, pods, rate, topics }: Sample,
  pod: number,
  seconds: number,
): string {
  const sources = Object.keys(topics);
  // A wave, so that lines have a form.
  const records = Math.round(rate * (seconds + 12 * Math.sin(seconds / 23)));
  const lines = sources.flatMap((source) => [
    `deepflow_kafka_exporter_records_total{data_source="${source}"} ${Math.round(records / sources.length)}`,
    ...(lagSeconds === undefined
      ? []
      : [`deepflow_kafka_exporter_lag_seconds{data_source="${source}"} ${lagSeconds}`]),
  ]);
  const shards = (pods[pod] ?? []).map(
    (shard) =>
      `deepflow_kafka_exporter_shard_lag_seconds{data_source="${sources[0] ?? ''}",shard="${shard}"} ${(lagSeconds ?? 30) - (shard % 4)}`,
  );
  return [
    ...lines,
    ...shards,
    `deepflow_kafka_exporter_sent_bytes_total{data_source="a"} ${records * 210}`,
    `deepflow_kafka_exporter_retries_total{topic="${Object.values(topics)[0] ?? ''}",reason="TopicMissing"} ${Math.round(errorRate * (seconds + 9 * Math.sin(seconds / 11)))}`,
    `process_cpu_seconds_total ${seconds * 0.07}`,
    'process_resident_memory_bytes 240000000',
    '',
  ].join('\n');
}
