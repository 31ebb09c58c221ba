import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
} from '../cluster/cluster-under-test.ts';
import { until } from '../../../lib/until.ts';
import { COLLECTED, createResource } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'quota');
  operator = await cluster.startOperator();
});
afterAll(async () => {
  await operator.stop();
  await cluster.close();
});

it('a quota that refuses pods is named in its own words, and always for the newest pod', async () => {
  const { admin, namespace } = cluster;
  cluster.setReport({
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 1,
  });
  const quota = ['quota', 'small', '--hard', 'limits.cpu=1', '--namespace', namespace];
  await cluster.kubectl(['create', ...quota]);
  // Until the controller of quotas has looked at it, every pod is admitted.
  const counted = ['get', 'quota', 'small', '--namespace', namespace];
  await until(
    'the quota to be in force',
    () => cluster.kubectl([...counted, '--output=jsonpath={.status.hard}']),
    {
      isWanted: (hard) => hard !== '',
      ...COLLECTED,
    },
  );
  const exporter = await createResource(cluster, 'limited');
  expect(await exporter.condition('Ready', 'False PodRefused')).toContain(
    'must specify limits.cpu',
  );
  const resources = (cpu: string): Record<string, unknown> => ({
    podTemplate: { resources: { limits: { cpu, memory: '512Mi' } } },
  });
  await exporter.change(resources('600m'));
  await runPod(admin, 'limited');
  await exporter.condition('Ready', 'True Delivering');
  // The pod of the new template and the old pod together exceed the quota.
  await exporter.change(resources('700m'));
  const message = await exporter.condition('Ready', 'False PodRefused');
  expect(message).toContain('exceeded quota: small');
  expect(message).not.toContain('must specify');
});
