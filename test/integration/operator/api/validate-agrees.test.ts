import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { checkManifest } from '../../../../src/cli/manifests/check-manifest.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { loadAnyKubeconfig } from '../../../../src/operator/kube/any-kubeconfig.ts';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import {
  createKubeTransport,
  type KubeTransport,
} from '../../../../src/operator/kube/kube-transport.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../../harness/kubernetes/start-kubernetes.ts';
import { type ClusterUnderTest, openCluster } from '../cluster/cluster-under-test.ts';
import { anySpec, specSchema } from '../../../operator/api/any-exporter.ts';

const RESOURCES = 500;

let kubernetes: KubernetesHandle;
let cluster: ClusterUnderTest;
let transport: KubeTransport;

beforeAll(async () => {
  kubernetes = await startKubernetes({ version: inject('kubernetesVersion') });
  cluster = await openCluster(kubernetes, 'validate');
  const connection = loadAnyKubeconfig(kubernetes.kubeconfigPath);
  transport = createKubeTransport({ connection, clock: systemClock });
});

afterAll(async () => {
  await transport.close();
  await cluster.close();
  await kubernetes.stop();
});

/** What the API server says to a new resource, without making it; undefined: it accepts it. */
async function refusal(resource: unknown): Promise<string | undefined> {
  const path = `/apis/export.deepflow.io/v1alpha1/namespaces/${cluster.namespace}/kafkaexporters`;
  const query = { dryRun: 'All', fieldValidation: 'Strict' };
  try {
    const answer = await transport.send({ method: 'POST', path, query, body: resource });
    await answer.dump();
    return undefined;
  } catch (error) {
    if (error instanceof KubeError && error.failure === 'rejected') return error.detail.message;
    throw error;
  }
}

/** Every message that a rule in CEL has. */
const messages = new Set(
  [...JSON.stringify(specSchema).matchAll(/"message":("(?:[^"\\]|\\.)*")/g)].map(([, text = '']) =>
    z.string().parse(JSON.parse(text)),
  ),
);

/** The API server looks no further after these. */
const STOPS = /strict decoding error|some validation rules were not checked/;

test(`validate and the API server agree on ${RESOURCES} random resources, and give the same reasons where a rule has a message`, async () => {
  let accepted = 0;
  const given = new Set<string>();
  for (const spec of fc.sample(anySpec(), RESOURCES)) {
    const manifest = {
      apiVersion: 'export.deepflow.io/v1alpha1',
      kind: 'KafkaExporter',
      metadata: { name: 'x', namespace: cluster.namespace },
      spec,
    };
    const answer = await refusal(manifest);
    const checked = checkManifest(manifest);
    const problems = checked.kind === 'refused' ? checked.problems : [];
    const difference = JSON.stringify({ spec, answer, problems }, undefined, 1);
    expect(checked.kind === 'refused', difference).toBe(answer !== undefined);
    if (answer === undefined) accepted++;
    const reasons = [...messages].filter((message) => answer?.includes(message) === true);
    for (const reason of reasons) given.add(reason);
    const ours = problems.map(({ message }) => message).filter((message) => messages.has(message));
    if (answer !== undefined && !STOPS.test(answer)) {
      expect(new Set(ours), difference).toEqual(new Set(reasons));
    }
  }
  // Resources that are all refused, or all accepted, would show nothing.
  expect(accepted).toBeGreaterThan(RESOURCES / 20);
  expect(accepted).toBeLessThan(RESOURCES / 2);
  expect(given.size).toBeGreaterThan(20);
});

const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' };

test.each([
  ['dataSources', { dataSources: ['flow_log.l4_flow_log', 'flow_log.l4_flow_log'] }],
  ['exportFields', { exportFields: ['$tag', '$tag'] }],
  ['env', { podTemplate: { env: ['1', '2'].map((value) => ({ name: 'A', value })) } }],
  ['imagePullSecrets', { podTemplate: { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] } }],
  [
    'hostAliases',
    {
      podTemplate: {
        hostAliases: ['a', 'b'].map((name) => ({ ip: '10.0.0.1', hostnames: [name] })),
      },
    },
  ],
  [
    'topologySpreadConstraints',
    { podTemplate: { topologySpreadConstraints: [constraint, { ...constraint, maxSkew: 2 }] } },
  ],
])('both refuse two entries of %s that are the same, or have the same key', async (_name, spec) => {
  const manifest = {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name: 'x', namespace: cluster.namespace },
    spec: {
      dataSources: ['flow_log.l7_flow_log'],
      source: { clickHouse: { url: 'http://ch:8123' } },
      endpoints: ['broker:9092'],
      ...spec,
    },
  };
  expect(await refusal(manifest)).toContain('Duplicate value');
  const checked = checkManifest(manifest);
  expect(checked.kind).toBe('refused');
  if (checked.kind === 'refused') expect(checked.problems).toHaveLength(1);
});
