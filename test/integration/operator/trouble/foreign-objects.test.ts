import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { EXPORTER_LABEL } from '../../../../src/operator/desired/labels.ts';
import type { KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { RESOURCE_TYPES } from '../../../../src/operator/kube/resource-type.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { until } from '../../../lib/until.ts';
import { createResource } from '../cluster/resource-under-test.ts';
import { untilCalm, writesAtRest } from '../cluster/until-calm.ts';

const LABELS = { app: 'of-somebody-else' };
const SELECTOR = { matchLabels: LABELS };
const POD = { containers: [{ name: 'main', image: 'someone/else' }] };
const CPU = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };

/** One object of each kind that the operator makes for a resource, as somebody else would make it. */
const FOREIGN = [
  { kind: 'secret', content: { stringData: { 'kafka-sasl-password': 'theirs' } } },
  { kind: 'serviceAccount', content: {} },
  { kind: 'service', content: { spec: { selector: LABELS, ports: [{ port: 80 }] } } },
  {
    kind: 'deployment',
    content: {
      spec: { selector: SELECTOR, template: { metadata: { labels: LABELS }, spec: POD } },
    },
  },
  { kind: 'networkPolicy', content: { spec: { podSelector: SELECTOR } } },
  { kind: 'podDisruptionBudget', content: { spec: { selector: SELECTOR, minAvailable: 1 } } },
  {
    kind: 'horizontalPodAutoscaler',
    content: {
      spec: {
        maxReplicas: 2,
        metrics: [{ type: 'Resource', resource: CPU }],
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'theirs' },
      },
    },
  },
] as const;

type Kind = (typeof FOREIGN)[number]['kind'];
const KINDS: readonly Kind[] = FOREIGN.map(({ kind }) => kind);

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'foreign');
  operator = await cluster.startOperator();
});
afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

const withAllObjects = {
  autoscaling: { maxReplicas: 3, targetCPUUtilizationPercentage: 80 },
  networkPolicy: {},
  podDisruptionBudget: { maxUnavailable: 1 },
};

/** The object without what controllers of Kubernetes write into it by themselves. */
async function contentOf(kind: Kind, name: string): Promise<unknown> {
  const live = await cluster.admin.get(kind, name);
  const { labels, ownerReferences, uid } = live?.metadata ?? {};
  return { labels, ownerReferences, uid, spec: live?.['spec'], data: live?.['data'] };
}

describe('an object of somebody else that has the name of one of ours', () => {
  it.each(FOREIGN)('is not touched, and a condition names it: $kind', async ({ content, kind }) => {
    const { admin, namespace } = cluster;
    const resource = `taken-${kind.toLowerCase()}`;
    const name = `${resource}-exporter`;
    const { apiVersion, kind: kindName } = RESOURCE_TYPES[kind];
    await admin.create({
      apiVersion,
      kind: kindName,
      metadata: { name, namespace, labels: LABELS },
      ...content,
    });
    const before = await contentOf(kind, name);
    const exporter = await createResource(cluster, resource, withAllObjects);
    expect(await exporter.condition('Stalled', 'True NameConflict')).toContain(
      `${kindName} ${name} exists, but this resource does not own it; delete it, or give this resource another name`,
    );
    expect(await contentOf(kind, name)).toEqual(before);
  });

  it('costs nothing: nothing is written again and again', async () => {
    await untilCalm(operator);
    expect(await writesAtRest(operator, { resources: FOREIGN.length, rounds: 2 })).toEqual([]);
  });
});

describe('an object of ours from which somebody removes the owner', () => {
  it('gets it back at once, whatever its kind', async () => {
    const { admin } = cluster;
    const exporter = await createResource(cluster, 'orphaned', withAllObjects);
    const ownerOf = async (kind: Kind): Promise<string | undefined> =>
      (await admin.get(kind, exporter.workload))?.metadata.ownerReferences?.[0]?.name;
    for (const kind of KINDS) {
      await until(`${kind} to be there`, async () => (await ownerOf(kind)) === 'orphaned');
    }
    await untilCalm(operator);
    for (const kind of KINDS) {
      await admin.patch(kind, exporter.workload, { metadata: { ownerReferences: null } });
      await until(`${kind} to have its owner`, async () => (await ownerOf(kind)) === 'orphaned');
    }
  });
});

describe('an object of ours that has lost its labels, and has them back', () => {
  it('is still watched: what somebody changes in it then is put right', async () => {
    const { admin } = cluster;
    const exporter = await createResource(cluster, 'unlabelled', { networkPolicy: {} });
    const policy = async (): Promise<KubeObject | undefined> =>
      admin.get('networkPolicy', exporter.workload);
    const hasLabels = async (): Promise<boolean> =>
      (await policy())?.metadata.labels?.[EXPORTER_LABEL] === 'unlabelled';
    await until('the NetworkPolicy', hasLabels);
    await untilCalm(operator);
    const wanted = (await policy())?.['spec'];
    await admin.patch('networkPolicy', exporter.workload, { metadata: { labels: null } });
    await until('the labels', hasLabels);
    await untilCalm(operator);
    await admin.patch('networkPolicy', exporter.workload, { spec: { egress: [] } });
    await until(
      'the spec as it was',
      async () => isDeepStrictEqual((await policy())?.['spec'], wanted),
      SOON,
    );
  });
});
