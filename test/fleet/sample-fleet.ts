import type { CounterParts } from '../../src/fleet/fleet-reading.ts';
import type { FleetClient } from '../../src/fleet/open-cluster.ts';
import { ownedLabels } from '../../src/operator/desired/labels.ts';
import { KubeError } from '../../src/operator/kube/kube-error.ts';
import { keyOf, type KubeObject, kubeObject } from '../../src/operator/kube/kube-object.ts';

/** A pod that has counted nothing in parts. */
export const NO_PARTS: CounterParts = {
  records: new Map(),
  rejected: new Map(),
  retries: new Map(),
  lag: new Map(),
  shardLag: new Map(),
};

/** The error of an API server that refuses a call. */
export function refused(code: number, reason: string): KubeError {
  return new KubeError('GET /', { status: code, reason, message: 'refused' });
}

/** A KafkaExporter as the API server returns it. */
export function exporterObject(
  name: string,
  status: Readonly<Record<string, unknown>> | undefined,
  namespace = 'team',
): KubeObject {
  return kubeObject.parse({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: '2026-01-31T00:00:00Z' },
    spec: { dataSources: ['flow_log.l7_flow_log'], endpoints: ['broker:9092'] },
    ...(status === undefined ? {} : { status }),
  });
}

/** The status of an exporter that delivers. */
export const WELL = {
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Delivering', message: 'records reach Kafka' },
  ],
  pods: '1/1',
  credentials: { desiredRevision: 3, appliedRevision: 3 },
  delivery: { lag: '<1m', topics: { 'flow_log.l7_flow_log': 'deepflow.flow_log.l7_flow_log' } },
};

/** A pod of an exporter. */
export function podObject(
  exporter: string,
  change: { readonly phase?: string; readonly namespace?: string; readonly number?: number } = {},
): KubeObject {
  const { namespace = 'team', number = 0, phase = 'Running' } = change;
  const name = `${exporter}-exporter-${number}`;
  return kubeObject.parse({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `uid-${name}`, labels: ownedLabels(exporter) },
    status: { phase },
  });
}

/** Answers of a pod by path. */
export type PodAnswer = (path: string, bytesMax: number) => Promise<string> | string;

/** An API server with these objects. */
export interface SampleCluster {
  readonly exporters?: readonly KubeObject[] | KubeError;
  readonly pods?: readonly KubeObject[] | KubeError;
  /** The answers of a pod, by its name. */
  readonly answer?: (pod: string) => PodAnswer;
}

/** The client of such an API server, and the calls that it has got. */
export function sampleClient(cluster: SampleCluster): {
  readonly client: FleetClient;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const listed = (kind: string): Promise<readonly KubeObject[]> => {
    const found = (kind === 'Pod' ? cluster.pods : cluster.exporters) ?? [];
    return found instanceof KubeError ? Promise.reject(found) : Promise.resolve(found);
  };
  const matches = (object: KubeObject, selector = ''): boolean =>
    selector
      .split(',')
      .filter((each) => each !== '')
      .every((each) => {
        const [key = '', value] = each.split('=');
        return object.metadata.labels?.[key] === value;
      });
  const client: FleetClient = {
    get: async (type, namespace, name) =>
      (await listed(type.kind)).find((object) => keyOf(object) === `${namespace}/${name}`),
    list: async ({ labelSelector, namespace, type }, keep) => ({
      items: (await listed(type.kind))
        .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
        .filter((object) => matches(object, labelSelector))
        .map(keep),
      resourceVersion: '1',
    }),
    getThroughProxy: async ({ name, path }, bytesMax) => {
      asked.push(`${name}${path}`);
      if (cluster.answer === undefined) throw refused(503, 'ServiceUnavailable');
      return cluster.answer(name)(path, bytesMax);
    },
  };
  return { client, asked };
}

/** A pod that delivers. */
export function deliveringPod(counts: {
  readonly records: number;
  readonly bytes?: number;
  readonly retries?: number;
  readonly lagSeconds?: number;
  readonly credentialsRevision?: number;
}): PodAnswer {
  const { bytes = 0, credentialsRevision = 3, lagSeconds = 31, records, retries = 0 } = counts;
  return (path) =>
    path === '/status'
      ? JSON.stringify({
          delivering: true,
          problems: [],
          recordsExported: records,
          lagSeconds,
          credentialsRevision,
        })
      : [
          '# TYPE deepflow_kafka_exporter_records_total counter',
          `deepflow_kafka_exporter_records_total{data_source="flow_log.l7_flow_log"} ${records}`,
          `deepflow_kafka_exporter_sent_bytes_total{data_source="flow_log.l7_flow_log"} ${bytes}`,
          `deepflow_kafka_exporter_retries_total{topic="a",reason="b"} ${retries}`,
          '',
        ].join('\n');
}
