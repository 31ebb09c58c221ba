import { z } from 'zod';
import type { KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import type { AdminApi } from './admin-api.ts';
import { EXPORTER_LABEL } from '../../../../src/operator/desired/labels.ts';
import { until } from '../../../lib/until.ts';
import { SOON } from './cluster-under-test.ts';

/**
 * Simulates a node: makes the one new pod of a Deployment Running and Ready. The pod itself, the ReplicaSet and the rollout
 * are from Kubernetes's own controllers.
 */
export async function runPod(admin: AdminApi, exporter: string): Promise<KubeObject> {
  const pod = await until(
    'one new pod',
    async () => {
      const fresh = (await admin.list('pod'))
        .filter(
          ({ metadata }) =>
            metadata.deletionTimestamp === undefined &&
            metadata.labels?.[EXPORTER_LABEL] === exporter,
        )
        .filter((pod) => !isRunning(pod));
      return fresh.length === 1 ? fresh[0] : undefined;
    },
    SOON,
  );
  const ready = { status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
  return admin.patchStatus('pod', pod.metadata.name, {
    phase: 'Running',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    conditions: [
      { type: 'Ready', ...ready },
      { type: 'ContainersReady', ...ready },
    ],
  });
}

/** Whether a simulated node has made the pod Running before. */
function isRunning({ status }: KubeObject): boolean {
  return z.looseObject({ phase: z.string().optional() }).parse(status ?? {}).phase === 'Running';
}
