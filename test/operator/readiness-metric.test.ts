import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../src/operator/kube/kube-object.ts';
import { registerReadiness } from '../../src/operator/readiness-metric.ts';

const LABELS = (namespace: string, name: string): string =>
  `deepflow_kafka_exporter_resource_ready{export_deepflow_io_namespace="${namespace}",export_deepflow_io_exporter="${name}"}`;

function resource(
  namespace: string,
  name: string,
  ready?: 'True' | 'False' | 'Unknown',
): KubeObject {
  const condition = {
    type: 'Ready',
    status: ready,
    reason: 'Any',
    message: 'any',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  return {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name, namespace, uid: `${namespace}-${name}`, resourceVersion: '1' },
    ...(ready === undefined ? {} : { status: { conditions: [condition] } }),
  };
}

async function linesOf(registry: Registry): Promise<readonly string[]> {
  return (await registry.metrics()).split('\n').filter((line) => /^deepflow/.test(line));
}

it('says of each KafkaExporter whether it is ready, by its namespace and the label of its pods', async () => {
  const registry = new Registry();
  const known = [
    resource('one', 'flow-logs', 'True'),
    resource('two', 'flow-logs', 'False'),
    resource('two', 'starting', 'Unknown'),
    resource('two', 'new'),
    // Its objects have a short name with a hash, and so has their label.
    resource('two', 'a.b', 'True'),
  ];
  registerReadiness(registry, () => known);
  expect(await linesOf(registry)).toEqual([
    `${LABELS('one', 'flow-logs')} 1`,
    `${LABELS('two', 'flow-logs')} 0`,
    `${LABELS('two', 'starting')} 0`,
    `${LABELS('two', 'new')} 0`,
    expect.stringMatching(/export_deepflow_io_exporter="a-b-[0-9a-f]{8}"\} 1$/),
  ]);
});

it('says nothing of a KafkaExporter that was deleted', async () => {
  const registry = new Registry();
  const known = [resource('one', 'flow-logs', 'True'), resource('one', 'other', 'True')];
  registerReadiness(registry, () => known);
  await registry.metrics();
  known.pop();
  expect(await linesOf(registry)).toEqual([`${LABELS('one', 'flow-logs')} 1`]);
});
