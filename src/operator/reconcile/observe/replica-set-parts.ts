import { z } from 'zod';
import type { KubeObject } from '../../kube/kube-object.ts';
import { identityOnly } from './indexing.ts';

/** With this annotation, the Deployment controller counts the templates of a Deployment. */
const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';

const usedFields = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
        .default([])
        .transform((conditions) =>
          conditions.filter(({ status, type }) => type === 'ReplicaFailure' && status === 'True'),
        ),
    })
    .prefault({}),
});

/** A ReplicaSet with only the fields that `newestReplicaSet` uses. */
export function replicaSetParts(replicaSet: KubeObject): KubeObject {
  const identity = identityOnly(replicaSet);
  const revision = replicaSet.metadata.annotations?.[REVISION_ANNOTATION];
  return {
    ...identity,
    ...usedFields.parse(replicaSet),
    metadata: {
      ...identity.metadata,
      ...(revision === undefined ? {} : { annotations: { [REVISION_ANNOTATION]: revision } }),
    },
  };
}

/** The ReplicaSet of a Deployment's current pod template. */
export interface NewestReplicaSet {
  readonly uid: string;
  /** Why it may not create a pod; undefined: it may. */
  readonly refusal: string | undefined;
}

/**
 * The newest of the ReplicaSets of a Deployment; undefined: there is none. The condition ReplicaFailure of the Deployment can be
 * that of an older ReplicaSet, which Kubernetes keeps after the cause has gone.
 */
export function newestReplicaSet(replicaSets: readonly KubeObject[]): NewestReplicaSet | undefined {
  const revisionOf = ({ metadata }: KubeObject): number =>
    Number(metadata.annotations?.[REVISION_ANNOTATION] ?? 0);
  const [newest] = replicaSets.toSorted((a, b) => revisionOf(b) - revisionOf(a));
  if (newest === undefined) return undefined;
  return {
    uid: newest.metadata.uid,
    refusal: usedFields.parse(newest).status.conditions[0]?.message,
  };
}
