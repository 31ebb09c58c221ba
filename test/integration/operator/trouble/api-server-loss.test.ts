import { afterAll, beforeAll, inject, it } from 'vitest';
import { controllerUidOf, type KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import { openKubeConnection } from '../../../../src/operator/kube/open-kube-connection.ts';
import {
  type ClusterUnderTest,
  openCluster,
  type OperatorUnderTest,
  SOON,
} from '../cluster/cluster-under-test.ts';
import { COLLECTED, createResource } from '../cluster/resource-under-test.ts';
import { until } from '../../../lib/until.ts';
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
  const former = await cluster.admin.get('kafkaExporter', 'recreated');
  proxy.cut();
  await cluster.admin.remove('service', kept.workload);
  await cluster.admin.remove('kafkaExporter', 'recreated');
  const again = await createResource(cluster, 'recreated', { queueCount: 2 });
  const added = await createResource(cluster, 'added');
  proxy.mend();
  await added.condition('Ready', 'False Progressing');
  // The objects of the deleted resource have the names of the new one's until Kubernetes collects them.
  await until('the old objects to go', async () => !(await hasObjectsOf(former)), COLLECTED);
  await again.condition('Ready', 'False Progressing');
  await until('the Service', () => cluster.admin.get('service', kept.workload), SOON);
  await kept.change({ queueCount: 3 });
  const isWanted = (generation: number | undefined): boolean => generation === 2;
  await until('the change', async () => (await kept.status()).observedGeneration, {
    ...SOON,
    isWanted,
  });
});

/** Whether there are objects that a resource controls and whose names are the same for all resources of its name. */
async function hasObjectsOf(owner: KubeObject | undefined): Promise<boolean> {
  const kinds = ['deployment', 'secret', 'service', 'serviceAccount'] as const;
  const all = (await Promise.all(kinds.map((kind) => cluster.admin.list(kind)))).flat();
  return all.some((object) => controllerUidOf(object) === owner?.metadata.uid);
}
