import { createAdminApi } from '../integration/operator/cluster/admin-api.ts';
import { DEPLOYED } from '../integration/operator/cluster/cluster-under-test.ts';
import type { KubernetesData } from '../harness/kubernetes/kubernetes-data.ts';
import { until } from '../lib/until.ts';

const REPLICAS = 2;
/** What installs the operator first reads a repository and builds its manifests, on a machine that does other work. */
const INSTALLED = { deadlineMs: 150_000 };

/** Simulates a node for the pods of the operator's Deployment: makes them Running and Ready once they are there. */
export async function runOperatorPods({ kubeconfigPath }: KubernetesData): Promise<void> {
  const admin = createAdminApi(kubeconfigPath, DEPLOYED.namespace);
  try {
    const pods = await until('the pods of the operator', () => admin.list('pod'), {
      isWanted: (found) => found.length === REPLICAS,
      ...INSTALLED,
    });
    const ready = { status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
    for (const { metadata } of pods) {
      await admin.patchStatus('pod', metadata.name, {
        phase: 'Running',
        conditions: [
          { type: 'Ready', ...ready },
          { type: 'ContainersReady', ...ready },
        ],
      });
    }
  } finally {
    await admin.close();
  }
}
