import { load } from 'js-yaml';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../lib/until.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from './cluster/cluster-under-test.ts';
import { POD_TEMPLATE } from './api/pod-template.ts';
import { lookAgain, untilCalm } from './cluster/until-calm.ts';
import { createResource, type ResourceUnderTest } from './cluster/resource-under-test.ts';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let resource: ResourceUnderTest | undefined;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'pods');
  const { runtimeClassName } = POD_TEMPLATE;
  const runtimeClass = {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: runtimeClassName },
    handler: 'runsc',
  };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(runtimeClass));
  operator = await cluster.startOperator();
});

afterEach(async () => {
  await resource?.remove();
  resource = undefined;
});

afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.tuple([z.looseObject({ env: z.unknown().optional() })]),
      }),
    }),
  }),
});

type PodSpec = z.infer<typeof deploymentSchema>['spec']['template']['spec'];

/** The pod template of the resource's Deployment, once it exists. */
async function podSpec(name: string): Promise<PodSpec> {
  const deployment = await until(
    'the Deployment',
    () => cluster.admin.get('deployment', `${name}-exporter`),
    SOON,
  );
  return deploymentSchema.parse(deployment).spec.template.spec;
}

describe('additions to pods', () => {
  it('are in the Deployment as Kubernetes has them, and then nothing is written', async () => {
    resource = await createResource(cluster, 'added', { podTemplate: POD_TEMPLATE });
    const { env, runtimeClassName, topologySpreadConstraints, ...same } = POD_TEMPLATE;
    const spec = await podSpec('added');
    const [zone, host] = topologySpreadConstraints;
    const matchLabels = {
      'app.kubernetes.io/component': 'exporter',
      'app.kubernetes.io/name': 'deepflow-kafka-exporter',
      'export.deepflow.io/exporter': 'added',
    };
    expect(spec).toMatchObject({
      ...same,
      enableServiceLinks: false,
      affinity: {
        ...same.affinity,
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { podAffinityTerm: { labelSelector: { matchLabels: { app: 'clickhouse' } } } },
          ],
        },
      },
      runtimeClassName,
      topologySpreadConstraints: [{ ...zone, labelSelector: { matchLabels } }, host],
      containers: [{ env }],
    });
    await resource.condition('Ready', 'False Progressing');
    await untilCalm(operator);
    const writes = operator.writes().length;
    await lookAgain(operator, 5);
    expect(operator.writes().slice(writes)).toEqual([]);
  });

  it('are a token of the ServiceAccount, if Kafka wants one, and then nothing is written', async () => {
    const serviceAccountToken = { audience: 'kafka', expirationSeconds: 7_200 };
    resource = await createResource(cluster, 'token', {
      sasl: { mechanism: 'OAUTHBEARER', oauthBearer: { serviceAccountToken } },
    });
    const spec = await podSpec('token');
    expect(spec['volumes']).toContainEqual(
      expect.objectContaining({
        name: 'kafka-token',
        projected: expect.objectContaining({
          sources: [{ serviceAccountToken: { ...serviceAccountToken, path: 'token' } }],
        }) as unknown,
      }),
    );
    expect(spec.containers[0]['volumeMounts']).toContainEqual({
      mountPath: '/etc/deepflow-kafka-exporter/token',
      name: 'kafka-token',
      readOnly: true,
    });
    await resource.condition('Ready', 'False Progressing');
    await untilCalm(operator);
    const writes = operator.writes().length;
    await lookAgain(operator, 5);
    expect(operator.writes().slice(writes)).toEqual([]);
  });

  it('go when they are removed from the resource', async () => {
    resource = await createResource(cluster, 'removed', { podTemplate: POD_TEMPLATE });
    await podSpec('removed');
    await resource.change({ podTemplate: null });
    await until(
      'the pods without additions',
      async () => {
        const { containers, affinity, hostAliases, ...spec } = await podSpec('removed');
        return (
          affinity === undefined &&
          hostAliases === undefined &&
          containers[0].env === undefined &&
          spec['terminationGracePeriodSeconds'] === 60
        );
      },
      SOON,
    );
  });

  it('that Kubernetes refuses are reported with its words', async () => {
    resource = await createResource(cluster, 'refused', {
      podTemplate: { affinity: { nodeAffinity: { required: 'x' } } },
    });
    const message = await resource.condition('Stalled', 'True ObjectRejected');
    expect(message).toContain('nodeAffinity.required');
  });

  it('give the exporter all of a longer grace period but ten seconds to deliver', async () => {
    resource = await createResource(cluster, 'slow', {
      podTemplate: { terminationGracePeriodSeconds: 120 },
    });
    await podSpec('slow');
    const maps = await cluster.admin.list('configMap');
    const config = maps.find(({ metadata }) => metadata.name.startsWith('slow-exporter-'));
    const { data } = z.looseObject({ data: z.record(z.string(), z.string()) }).parse(config);
    expect(load(data['config.yaml'] ?? '')).toMatchObject({ drainSeconds: 110 });
  });
});
