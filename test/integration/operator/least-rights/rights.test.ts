import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import {
  type ClusterUnderTest,
  deletedPaths,
  openCluster,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { until } from '../../../lib/until.ts';
import { rightsOf } from './rights-of-calls.ts';
import { createResource, createSecret } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';

/** Rights without a request of the operator: admission controllers check whether the operator has them. */
const NEVER_REQUESTED = ['export.deepflow.io kafkaexporters/finalizers update'];

/** Sections of the spec for objects of every kind that each cluster has. */
const ON_DEMAND = {
  autoscaling: { maxReplicas: 2, targetCPUUtilizationPercentage: 80 },
  networkPolicy: {},
  podDisruptionBudget: { maxUnavailable: 1 },
};

/** Whether a right is about a kind that each cluster has. The tests of objects on demand are about the others. */
const isCommon = (right: string): boolean => !right.includes('podmonitors');

const clusterRole = z.looseObject({
  kind: z.literal('ClusterRole'),
  rules: z.array(
    z.strictObject({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
    }),
  ),
});

let cluster: ClusterUnderTest;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'rights');
});

afterAll(async () => {
  await cluster.close();
});

it('uses every right of its ClusterRole and no other', async () => {
  const operator = await cluster.startOperator();
  const report = {
    delivering: true,
    problems: [],
    missingColumns: [],
    shards: [],
    recordsExported: 0,
  };
  cluster.setReport({ ...report, credentialsRevision: 1 });
  await createSecret(cluster, 'kafka', { username: 'u', password: 'p' });
  const credentialsSecretRef = { name: 'kafka' };
  const resource = await createResource(cluster, 'rights', {
    sasl: { mechanism: 'PLAIN', credentialsSecretRef },
    source: { http: { allowAnonymous: true } },
    universalTagTranslateToNameDisabled: true,
    ...ON_DEMAND,
  });
  await runPod(cluster.admin, 'rights');
  await resource.condition('Ready', 'True Delivering');
  await cluster.admin.patch('secret', 'kafka', { stringData: { password: 'new' } });
  // A pod that has told before that it uses revision 2 would not be told of it.
  await resource.condition('CredentialsApplied', 'False Trying');
  cluster.setReport({ ...report, credentialsRevision: 2 });
  await until(
    'revision 2 to be applied',
    async () => (await resource.status()).credentials?.appliedRevision === 2,
    SOON,
  );
  await resource.change({
    source: { http: null, clickHouse: { url: 'http://clickhouse:8123' } },
    ...Object.fromEntries(Object.keys(ON_DEMAND).map((section) => [section, null])),
  });
  await runPod(cluster.admin, 'rights');
  await until(
    'the old configuration, the Service of pushes and the objects on demand to be deleted',
    () => deletedPaths(operator).size === 5,
    SOON,
  );
  await until(
    'a repeated Event to be counted',
    () => operator.calls.some(({ method, path }) => method === 'PATCH' && isEvent(path)),
    SOON,
  );
  await operator.stop();
  expect(operator.calls.filter(({ code }) => code === '403')).toEqual([]);
  const used = new Set([...operator.calls.flatMap(rightsOf), ...NEVER_REQUESTED]);
  expect([...used].filter(isCommon).toSorted()).toEqual(
    grantedRights().filter(isCommon).toSorted(),
  );
});

function isEvent(path: string): boolean {
  return path.includes('/events/');
}

function grantedRights(): string[] {
  const file = new URL('../../../../deploy/cluster-wide/rbac.yaml', import.meta.url);
  const role = loadAll(readFileSync(file, 'utf8')).flatMap(
    (document) => clusterRole.safeParse(document).data ?? [],
  );
  return role.flatMap(({ rules }) =>
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`.trim())),
      ),
    ),
  );
}
