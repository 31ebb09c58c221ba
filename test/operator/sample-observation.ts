import type { StatusReport } from '../../src/exporter/contract/status-report.ts';
import type { KafkaExporter } from '../../src/operator/api/kafka-exporter.ts';
import { buildDesired, type Desired } from '../../src/operator/reconcile/desired-state.ts';
import {
  kubeObject,
  type KubeManifest,
  type KubeObject,
} from '../../src/operator/kube/kube-object.ts';
import type { Observation, ObservedPod } from '../../src/operator/reconcile/observe/observation.ts';

/** A Secret's content, made from plain text. */
export function secretContent(values: Readonly<Record<string, string>>): {
  data: Record<string, string>;
} {
  return {
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}

/** The Secret `kafka` that the sample's SASL section refers to. */
export const KAFKA_SECRET = new Map([['kafka', secretContent({ username: 'u', password: 'p' })]]);

/** A running pod that delivers. */
export function samplePod(change: Partial<ObservedPod> = {}): ObservedPod {
  return {
    name: 'l7-exporter-0',
    namespace: 'observability',
    uid: 'pod-1',
    ip: '10.0.0.1',
    running: true,
    ready: true,
    updated: true,
    configHash: undefined,
    credentialsAnnotation: undefined,
    waiting: undefined,
    report: sampleReport(),
    ...change,
  };
}

/** A report of a pod that delivers. */
export function sampleReport(change: Partial<StatusReport> = {}): StatusReport {
  return {
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 7,
    credentialsRevision: 1,
    ...change,
  };
}

/** The object that the API server has after only our field manager applied a manifest. */
export function liveObject(manifest: KubeManifest, extra: object = {}): KubeObject {
  const fields = without(manifest, ['apiVersion', 'kind']);
  const metadata = without(manifest.metadata, ['name', 'namespace']);
  return kubeObject.parse({
    ...manifest,
    ...extra,
    metadata: {
      ...manifest.metadata,
      uid: `${manifest.kind}-uid`,
      resourceVersion: '1',
      generation: 1,
      managedFields: [
        {
          manager: 'deepflow-kafka-exporter',
          operation: 'Apply',
          fieldsV1: fieldSet({ ...fields, metadata }),
        },
      ],
    },
  });
}

function without(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** The fields of a value as FieldsV1. Lists are owned as a whole, which is enough for the tests. */
function fieldSet(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]: [string, unknown]) => [
      `f:${key}`,
      typeof child === 'object' && child !== null && !Array.isArray(child) ? fieldSet(child) : {},
    ]),
  );
}

/** Status of a Deployment whose one pod is available. */
export const AVAILABLE = {
  status: {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
  },
};

/** No pod says anything about candidate credentials. */
export const NO_TRIALS = { wanted: true, accepted: undefined, silent: false, told: true, nowMs: 0 };

/** A desired state that is valid. */
export type ValidDesired = Extract<Desired, { kind: 'desired' }>;

/** The desired state of a resource with these Secrets. */
export function desiredOf(
  resource: KafkaExporter,
  secrets: Observation['secrets'] = KAFKA_SECRET,
  secret?: { data: Record<string, string> },
): ValidDesired {
  const desired = buildDesired(resource, {
    image: 'exporter:1',
    installation: '',
    platformSecurityContext: false,
    secrets,
    configMaps: new Map(),
    earlier: { secret, appliedRevision: 1, statusRevision: 0 },
    trials: NO_TRIALS,
    servesPodMonitors: true,
  });
  if (desired.kind !== 'desired') throw new Error(desired.problems.join());
  return desired;
}

/** An observation in which all objects of a desired state exist and the pod delivers. */
export function settledObservation(
  resource: KafkaExporter,
  change: Partial<Observation> = {},
): Observation {
  const live = desiredOf(resource).manifests.map((manifest) =>
    liveObject(manifest, manifest.kind === 'Deployment' ? AVAILABLE : {}),
  );
  const secret = live.find(({ kind }) => kind === 'Secret');
  return {
    resource,
    owned: live.filter(({ kind }) => kind !== 'Secret'),
    managedSecret: secret === undefined ? undefined : { ...secret, data: dataOf(secret) },
    secrets: KAFKA_SECRET,
    configMaps: new Map(),
    pods: [samplePod({ configHash: desiredOf(resource).configHash })],
    podRefusal: undefined,
    mayPatchPods: true,
    servesPodMonitors: true,
    statusRevision: 1,
    appliedRevision: 1,
    ...change,
  };
}

/** The data of a Secret. */
export function dataOf(secret: Readonly<Record<string, unknown>>): Record<string, string> {
  const { data } = secret;
  if (typeof data !== 'object' || data === null) return {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)]));
}
