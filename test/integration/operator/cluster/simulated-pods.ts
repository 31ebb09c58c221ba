import { z } from 'zod';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import { controllerUidOf, type KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import type { AdminApi } from './admin-api.ts';
import { EXPORTER_LABEL } from '../../../../src/operator/desired/labels.ts';
import { until } from '../../../lib/until.ts';
import { SOON } from './cluster-under-test.ts';

/** Annotation of the Deployment controller: the number of the template, on the Deployment and on each of its ReplicaSets. */
const REVISION = 'deployment.kubernetes.io/revision';

const observed = z.looseObject({ observedGeneration: z.int().optional() });
const phased = z.looseObject({ phase: z.string().optional() });

/**
 * Simulates a node: makes the one new pod of a Deployment Running and Ready. The pod itself, the ReplicaSet and the rollout
 * are from Kubernetes's own controllers.
 */
export async function runPod(admin: AdminApi, exporter: string): Promise<KubeObject> {
  const ready = { status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const status = {
    phase: 'Running',
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    conditions: [
      { type: 'Ready', ...ready },
      { type: 'ContainersReady', ...ready },
    ],
  };
  return until(
    'one new pod',
    async () => {
      const fresh = (await newestPods(admin, exporter)).filter((each) => !isRunning(each));
      const [pod] = fresh;
      if (pod === undefined || fresh.length > 1) return undefined;
      // A controller may have replaced the pod meanwhile.
      return admin.patchStatus('pod', pod.metadata.name, status).catch(ofAPodThatIsGone);
    },
    SOON,
  );
}

function ofAPodThatIsGone(error: unknown): undefined {
  if (error instanceof KubeError && error.failure === 'missing') return;
  throw error;
}

/**
 * Pods of the newest template of the Deployment that exists now. A controller that is behind may still make a pod for an older
 * template, or for a Deployment of the same name that was deleted: such a pod goes again.
 */
async function newestPods(admin: AdminApi, exporter: string): Promise<KubeObject[]> {
  const live = async (kind: 'deployment' | 'replicaSet' | 'pod'): Promise<KubeObject[]> =>
    (await admin.list(kind)).filter(
      ({ metadata }) =>
        metadata.deletionTimestamp === undefined && metadata.labels?.[EXPORTER_LABEL] === exporter,
    );
  const [deployment] = await live('deployment');
  if (deployment === undefined || !isObserved(deployment)) return [];
  const newest = (await live('replicaSet')).find(
    (each) =>
      controllerUidOf(each) === deployment.metadata.uid &&
      revisionOf(each) === revisionOf(deployment),
  );
  return newest === undefined
    ? []
    : (await live('pod')).filter((each) => controllerUidOf(each) === newest.metadata.uid);
}

function revisionOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[REVISION];
}

/** Whether the Deployment controller has acted on the last change, so that the revision is that of the last template. */
function isObserved({ metadata, status }: KubeObject): boolean {
  const { observedGeneration } = observed.parse(status ?? {});
  return observedGeneration === metadata.generation;
}

/** Whether a simulated node has made the pod Running before. */
function isRunning({ status }: KubeObject): boolean {
  return phased.parse(status ?? {}).phase === 'Running';
}
