import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { z } from 'zod';
import { until } from '../../../lib/until.ts';
import {
  type ClusterUnderTest,
  DEPLOYED,
  openCluster,
  untilAllowed,
} from '../cluster/cluster-under-test.ts';
import { createResource, createSecret } from '../cluster/resource-under-test.ts';
import { runPod } from '../cluster/simulated-pods.ts';

const DEPLOY = join(import.meta.dirname, '../../../../deploy');
/** The namespace that deploy/namespaced names. */
const NAMED = 'deepflow-export';

let cluster: ClusterUnderTest;
/** The namespace of the operator: not that of deploy/, whose account has rights from other tests. */
let home: string;
let account: string;

beforeAll(async () => {
  cluster = await openCluster(inject('kubernetes'), 'namespaced');
  home = `${cluster.namespace}-home`;
  account = `${home}:${DEPLOYED.name}`;
  const rendered = await cluster.kubectl(['kustomize', join(DEPLOY, 'namespaced')]);
  const manifests = rendered
    .replaceAll(/(namespace|name): deepflow-kafka-exporter$/gm, `$1: ${home}`)
    .replaceAll(/namespace: deepflow-export$/gm, `namespace: ${cluster.namespace}`)
    .replaceAll(`--watch-namespaces=${NAMED}`, `--watch-namespaces=${cluster.namespace}`);
  await cluster.kubectl(['apply', '--server-side', '--filename', '-'], manifests);
  await untilAllowed(cluster, { account, namespace: cluster.namespace });
});
afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', home, '--wait=false']);
  await cluster.close();
});

const rulesSchema = z.looseObject({ kind: z.string(), rules: z.unknown().optional() });

function rulesIn(file: string, kind: string): unknown {
  const documents = loadAll(readFileSync(join(DEPLOY, file), 'utf8'));
  return documents.map((each) => rulesSchema.parse(each)).find((each) => each.kind === kind)?.rules;
}

/** All that an account may do in a namespace, as `kubectl auth can-i --list` prints it. */
async function rightsIn(
  namespace: string,
  user = `system:serviceaccount:${account}`,
): Promise<string> {
  const list = ['auth', 'can-i', '--list', '--no-headers', '--namespace', namespace];
  return cluster.kubectl([...list, '--as', user]);
}

describe('the namespaced installation', () => {
  it('has the rights of the cluster-wide one, in the named namespace', () => {
    expect(rulesIn('namespaced/rights/rbac.yaml', 'Role')).toEqual(
      rulesIn('cluster-wide/rbac.yaml', 'ClusterRole'),
    );
  });

  it('has no right to Secrets, pods or workloads in any other namespace, nor to those of the cluster', async () => {
    expect(await rightsIn(cluster.namespace)).toContain('secrets');
    for (const other of ['default', 'kube-system']) {
      expect(await rightsIn(other)).not.toMatch(
        /secrets|pods|deployments|configmaps|kafkaexporters/,
      );
    }
    const roles = await cluster.kubectl(['get', 'clusterrolebindings', '-o', 'json']);
    expect(roles).not.toContain(home);
  });

  it('reconciles a resource of the named namespace, rotates its credentials and shows its status', async () => {
    const operator = await cluster.startOperator({ account });
    cluster.setReport({
      delivering: true,
      problems: [],
      missingColumns: [],
      shards: [],
      recordsExported: 1,
      credentialsRevision: 1,
    });
    await createSecret(cluster, 'kafka', { username: 'u', password: 'p' });
    const sasl = { mechanism: 'PLAIN', credentialsSecretRef: { name: 'kafka' } };
    const exporter = await createResource(cluster, 'inside', { sasl });
    await runPod(cluster.admin, 'inside');
    await exporter.condition('Ready', 'True Delivering');
    await cluster.admin.patch('secret', 'kafka', { stringData: { password: 'new' } });
    await exporter.condition('CredentialsApplied', 'False Trying');
    const refused = operator.calls.filter(({ code }) => code === '403');
    expect(refused).toEqual([]);
    await operator.stop();
  });
});

describe('the roles for people', () => {
  /** Gives a user a role, and returns what the user may do once the API server has read that. */
  const rightsWith = async (role: string, user: string, right: RegExp): Promise<string> => {
    const binding = ['create', 'rolebinding', user, '--clusterrole', role, '--user', user];
    await cluster.kubectl([...binding, '--namespace', cluster.namespace]);
    const isWanted = (rights: string): boolean => right.test(rights);
    return until(`${right}`, () => rightsIn(cluster.namespace, user), { isWanted });
  };

  it('let a viewer see KafkaExporters, and an editor change and scale them: neither sees a Secret', async () => {
    const viewer = await rightsWith(
      'kafkaexporter-viewer',
      'viewer',
      /^kafkaexporters\.export\.deepflow\.io .*\[get list watch\]/m,
    );
    const editor = await rightsWith(
      'kafkaexporter-editor',
      'editor',
      /^kafkaexporters\.export\.deepflow\.io .*create .*delete/m,
    );
    expect(editor).toMatch(/^kafkaexporters\.export\.deepflow\.io\/scale .*update/m);
    expect(`${viewer}${editor}`).not.toMatch(/secrets|pods/);
  });

  it('are not part of the roles view and edit', async () => {
    expect(await rightsWith('edit', 'usual', /^pods /m)).not.toContain('kafkaexporters');
  });
});
