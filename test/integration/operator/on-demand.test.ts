import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FIELD_MANAGER } from '../../../src/operator/kube/kube-client.ts';
import { controllerUidOf, type KubeObject } from '../../../src/operator/kube/kube-object.ts';
import { until } from '../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from './cluster/cluster-under-test.ts';
import { rightsOf } from './least-rights/rights-of-calls.ts';
import { lookAgain, untilCalm } from './cluster/until-calm.ts';
import { createResource, type ResourceUnderTest } from './cluster/resource-under-test.ts';
import { runPod } from './cluster/simulated-pods.ts';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let resource: ResourceUnderTest | undefined;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'on-demand');
  operator = await cluster.startOperator();
  const healthy = { delivering: true, problems: [], missingColumns: [], recordsExported: 1 };
  cluster.setReport({ ...healthy, shards: [0], shardCount: 1, lagSeconds: 31 });
});

afterEach(async () => {
  await resource?.remove();
  resource = undefined;
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

async function create(
  name: string,
  spec: Readonly<Record<string, unknown>>,
): Promise<ResourceUnderTest> {
  resource = await createResource(cluster, name, { delivery: { shards: 1 }, ...spec });
  return resource;
}

function podMonitorRights({ calls }: OperatorUnderTest): string[] {
  const used = calls.filter(({ code }) => code !== '404').flatMap(rightsOf);
  return [...new Set(used)].filter((right) => right.includes('podmonitors')).toSorted();
}

/** One section of the spec for each kind of object, another value of it, and what the object has then. */
const SECTIONS = [
  {
    kind: 'podDisruptionBudget',
    section: { podDisruptionBudget: { maxUnavailable: 1 } },
    other: { podDisruptionBudget: { maxUnavailable: null, minAvailable: '50%' } },
    has: '"minAvailable":"50%"',
  },
  {
    kind: 'horizontalPodAutoscaler',
    section: {
      autoscaling: {
        maxReplicas: 4,
        targetCPUUtilizationPercentage: 80,
        lag: { targetSeconds: 1_000 },
      },
    },
    other: { autoscaling: { lag: { targetSeconds: 2_500 } } },
    has: '"value":"2500"',
  },
  {
    kind: 'networkPolicy',
    section: { networkPolicy: { additionalAddresses: ['10.0.0.1:9094'] } },
    other: { networkPolicy: { additionalAddresses: ['10.0.0.2:9094'] } },
    has: '10.0.0.2/32',
  },
] as const;

describe.each(SECTIONS)('a $kind', ({ kind, section, other, has }) => {
  const live = (name: string): Promise<KubeObject | undefined> =>
    cluster.admin.get(kind, `${name}-exporter`);

  it('is made when the spec asks for it, follows the spec, is written once, and is deleted', async () => {
    const exporter = await create('wanted', section);
    await runPod(cluster.admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    const owner = (await cluster.admin.get('kafkaExporter', 'wanted'))?.metadata.uid;
    const made = await live('wanted');
    expect(made && controllerUidOf(made)).toBe(owner);
    await untilCalm(operator);
    const writes = operator.writes().length;
    await lookAgain(operator, 5);
    expect(operator.writes().slice(writes)).toEqual([]);

    await exporter.change(other);
    await until(
      'the change',
      async () => JSON.stringify((await live('wanted'))?.['spec']).includes(has),
      SOON,
    );
    await cluster.admin.remove(kind, 'wanted-exporter');
    await until('the object to come back', async () => (await live('wanted')) !== undefined, SOON);

    const [name = ''] = Object.keys(section);
    await exporter.change({ [name]: null });
    await until('the object to go', async () => (await live('wanted')) === undefined, SOON);
    await exporter.condition('Ready', 'True Delivering');
  });

  it('of somebody else with its name is a condition, and is not touched', async () => {
    const { admin, namespace } = cluster;
    const foreign = await admin.create(foreignObject(kind, 'foreign-exporter', namespace));
    const exporter = await create('foreign', section);
    expect(await exporter.condition('Stalled', 'True NameConflict')).toContain(
      `${foreign.kind} foreign-exporter exists, but this resource does not own it`,
    );
    const now = await admin.get(kind, 'foreign-exporter');
    expect(now?.['spec']).toEqual(foreign['spec']);
    expect(now?.metadata.ownerReferences).toBeUndefined();
    const [name = ''] = Object.keys(section);
    await exporter.change({ [name]: null });
    await exporter.condition('Ready', 'False Progressing');
    expect((await admin.get(kind, 'foreign-exporter'))?.metadata.uid).toBe(foreign.metadata.uid);
    await admin.remove(kind, 'foreign-exporter');
  });
});

function foreignObject(
  kind: (typeof SECTIONS)[number]['kind'],
  name: string,
  namespace: string,
): Readonly<Record<string, unknown>> {
  const metadata = { name, namespace };
  switch (kind) {
    case 'podDisruptionBudget':
      return {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata,
        spec: { maxUnavailable: 2 },
      };
    case 'networkPolicy':
      return {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata,
        spec: { podSelector: {} },
      };
    case 'horizontalPodAutoscaler':
      return {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata,
        spec: {
          maxReplicas: 2,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
        },
      };
  }
}

/** The PodMonitor of the Prometheus Operator, with the fields that are used here. */
const POD_MONITOR_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'podmonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    names: {
      kind: 'PodMonitor',
      listKind: 'PodMonitorList',
      plural: 'podmonitors',
      singular: 'podmonitor',
    },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  podMetricsEndpoints: {
                    type: 'array',
                    items: {
                      type: 'object',
                      properties: {
                        interval: { type: 'string' },
                        path: { type: 'string' },
                        port: { type: 'string' },
                        scheme: { type: 'string', default: 'http' },
                      },
                    },
                  },
                  podTargetLabels: { type: 'array', items: { type: 'string' } },
                  selector: {
                    type: 'object',
                    properties: {
                      matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
                    },
                    'x-kubernetes-map-type': 'atomic',
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

/** Enough for an operator that looks every half minute. */
const NOTICED = { deadlineMs: 60_000 };

// A cluster of the user may have the kind already, and it is not ours to delete.
describe.runIf(inject('kubernetesVersion') !== undefined)('a podMonitor', () => {
  afterAll(async () => {
    await cluster.kubectl(['delete', 'crd', POD_MONITOR_CRD.metadata.name, '--ignore-not-found']);
  });

  it('is missing without harm, made when the cluster gets the kind, and missing again without it', async () => {
    const { admin } = cluster;
    const exporter = await create('monitored', { podMonitor: { intervalSeconds: 15 } });
    await runPod(admin, exporter.name);
    await exporter.condition('Ready', 'True Delivering');
    expect(await exporter.condition('NotMonitored', 'True PodMonitorUnknown')).toContain(
      'install the Prometheus Operator, or remove spec.podMonitor',
    );
    await untilCalm(operator);
    const [idle, reconciliations] = [operator.writes().length, operator.reconciliations()];
    await lookAgain(operator, 3);
    expect(operator.writes().slice(idle)).toEqual([]);
    expect(operator.reconciliations()).toBeLessThan(reconciliations + 6);

    const live = (): Promise<KubeObject | undefined> =>
      admin.get('podMonitor', 'monitored-exporter');
    await cluster.kubectl(['apply', '--filename=-'], JSON.stringify(POD_MONITOR_CRD));
    await until('the PodMonitor', async () => (await live()) !== undefined, NOTICED);
    const missing = async (): Promise<boolean> =>
      (await exporter.status()).conditions?.some(({ type }) => type === 'NotMonitored') === true;
    await until('the condition to go', async () => !(await missing()), SOON);
    await untilCalm(operator);
    const writes = operator.writes().length;
    await lookAgain(operator, 5);
    expect(operator.writes().slice(writes)).toEqual([]);

    await exporter.change({ podMonitor: { intervalSeconds: 30, labels: { release: 'p' } } });
    await until('the change', async () => JSON.stringify(await live()).includes('"30s"'), SOON);
    await exporter.change({ podMonitor: null });
    await until('the PodMonitor to go', async () => (await live()) === undefined, SOON);
    await exporter.change({ podMonitor: {} });
    await until('the PodMonitor to come back', async () => (await live()) !== undefined, SOON);
    expect(podMonitorRights(operator)).toEqual(
      ['create', 'delete', 'get', 'list', 'patch', 'watch'].map(
        (verb) => `monitoring.coreos.com podmonitors ${verb}`,
      ),
    );

    await cluster.kubectl(['delete', 'crd', POD_MONITOR_CRD.metadata.name]);
    await until('the condition to come back', missing, NOTICED);
    await exporter.condition('Ready', 'True Delivering');
  });
});

describe('autoscaling', () => {
  it('begins with the number of pods that the spec had before', async () => {
    const exporter = await create('handed-over', { replicas: 3 });
    await exporter.condition('Ready', 'False Progressing');
    const deployment = async (): Promise<KubeObject | undefined> =>
      cluster.admin.get('deployment', 'handed-over-exporter');
    const owners = async (): Promise<unknown[]> =>
      ((await deployment())?.metadata.managedFields ?? [])
        .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas'))
        .map(({ manager, subresource = '' }) => (subresource === '' ? manager : undefined))
        .filter((manager) => manager !== undefined);
    await until('the Deployment', async () => (await owners()).length === 1, SOON);
    const change = { minReplicas: 2, maxReplicas: 4, targetCPUUtilizationPercentage: 80 };
    await exporter.change({ replicas: null, autoscaling: change });
    const handedOver = [`${FIELD_MANAGER}-replicas`];
    const isWanted = (found: unknown[]): boolean => isDeepStrictEqual(found, handedOver);
    await until('the number of pods to be of nobody', owners, { ...SOON, isWanted });
    await lookAgain(operator, 3);
    expect(await deployment()).toMatchObject({ spec: { replicas: 3 } });
  });

  it('lets the HorizontalPodAutoscaler of Kubernetes scale the Deployment, and leaves its number alone', async () => {
    const exporter = await create('auto', {
      autoscaling: { minReplicas: 2, maxReplicas: 4, targetCPUUtilizationPercentage: 80 },
    });
    await exporter.condition('Ready', 'False Progressing');
    const replicas = async (): Promise<number> => {
      const deployment = await cluster.admin.get('deployment', 'auto-exporter');
      const parsed = z.looseObject({ spec: z.looseObject({ replicas: z.int() }) });
      return parsed.parse(deployment).spec.replicas;
    };
    await until('two pods', async () => (await replicas()) === 2, { deadlineMs: 60_000 });
    await lookAgain(operator, 3);
    expect(await replicas()).toBe(2);
    const scale = ['scale', 'kfx', 'auto', '--replicas=3', '--namespace', cluster.namespace];
    await expect(cluster.kubectl(scale)).rejects.toThrow('remove replicas, or remove autoscaling');
  });
});
