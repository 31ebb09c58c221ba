import { OWNED_SELECTOR } from '../../desired/labels.ts';
import type { KubeObject } from '../../kube/kube-object.ts';
import { createObjectStore } from '../../kube/object-store.ts';
import type { ReflectorTarget } from '../../kube/reflector.ts';
import { RESOURCE_TYPES } from '../../kube/resource-type.ts';
import { ownerUid } from './indexing.ts';
import { podParts } from './pod-parts.ts';
import { replicaSetParts } from './replica-set-parts.ts';
import { targetsOf } from './reflector-targets.ts';

/** The pods of all resources. */
export interface WatchedPods {
  /** Pods of the ReplicaSets that the Deployment with this uid controls. */
  ofDeployment(uid: string): readonly KubeObject[];
  /** ReplicaSets that the Deployment with this uid controls. */
  replicaSetsOf(uid: string): readonly KubeObject[];
  isSynced(): boolean;
  readonly targets: readonly ReflectorTarget[];
}

/**
 * Stores for pods and their ReplicaSets. The labels of a pod do not say to which Deployment it belongs, because everybody who
 * may create pods can set labels: its controller does.
 *
 * @param onChange called with each pod and ReplicaSet that was created, changed or deleted.
 */
export function createWatchedPods(
  namespaces: readonly (string | undefined)[],
  onChange: (object: KubeObject) => void,
): WatchedPods {
  const options = { namespaces, indexers: { owner: ownerUid }, onChange };
  const replicaSets = createObjectStore({ ...options, keep: replicaSetParts });
  const pods = createObjectStore({ ...options, keep: podParts });
  const ours = { labelSelector: OWNED_SELECTOR };
  return {
    replicaSetsOf: (uid) => replicaSets.by('owner', uid),
    ofDeployment: (uid) =>
      replicaSets.by('owner', uid).flatMap(({ metadata }) => pods.by('owner', metadata.uid)),
    isSynced: () => replicaSets.isSynced() && pods.isSynced(),
    targets: [
      ...targetsOf(namespaces, { type: RESOURCE_TYPES.replicaSet, ...ours }, replicaSets),
      ...targetsOf(namespaces, { type: RESOURCE_TYPES.pod, ...ours }, pods),
    ],
  };
}
