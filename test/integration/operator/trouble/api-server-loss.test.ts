import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openKubeConnection } from '../../../../src/operator/kube/open-kube-connection.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
} from '../cluster/cluster-under-test.ts';
import { createResource } from '../cluster/resource-under-test.ts';
import { startUnreliableProxy, type UnreliableProxy } from './unreliable-proxy.ts';

let cluster: ClusterUnderTest;
let operator: OperatorUnderTest;
let proxy: UnreliableProxy;

beforeAll(async () => {
  const kubernetes = inject('kubernetes');
  cluster = await openCluster(kubernetes, 'loss');
  proxy = await startUnreliableProxy(
    (await openKubeConnection(kubernetes.kubeconfigPath, {})).server,
  );
  operator = await cluster.startOperator({ server: `https://127.0.0.1:${proxy.port}` });
});

afterAll(async () => {
  await operator.stop();
  await proxy.close();
  await cluster.close();
});

it('catches up with all changes that were made while the API server was not available', async () => {
  const kept = await createResource(cluster, 'kept');
  const recreated = await createResource(cluster, 'recreated');
  await kept.condition('Ready', 'False Progressing');
  await recreated.condition('Ready', 'False Progressing');
  proxy.cut();
  await cluster.admin.remove('service', kept.workload);
  await cluster.admin.remove('kafkaExporter', 'recreated');
  const again = await createResource(cluster, 'recreated', { queueCount: 2 });
  const added = await createResource(cluster, 'added');
  proxy.mend();
  await added.condition('Ready', 'False Progressing');
  await again.condition('Ready', 'False Progressing');
  await expect
    .poll(() => cluster.admin.get('service', kept.workload), { timeout: 10_000 })
    .toBeDefined();
  await kept.change({ queueCount: 3 });
  await expect
    .poll(async () => (await kept.status()).observedGeneration, { timeout: 10_000 })
    .toBe(2);
});
