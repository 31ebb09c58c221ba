import { z } from 'zod';
import type { KubeObject } from '../../kube/kube-object.ts';

const deploymentParts = z.looseObject({
  metadata: z.looseObject({ generation: z.int().default(0) }),
  spec: z.looseObject({ replicas: z.int().default(1) }),
  status: z
    .looseObject({
      observedGeneration: z.int().default(0),
      replicas: z.int().default(0),
      updatedReplicas: z.int().default(0),
      readyReplicas: z.int().default(0),
      availableReplicas: z.int().default(0),
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            status: z.string(),
            reason: z.string().default(''),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

/** Progress of a Deployment's rollout. */
export interface Rollout {
  /** Every desired pod runs the newest template and is available, and there are no other pods. */
  readonly complete: boolean;
  /** How many pods the Deployment should have. */
  readonly replicas: number;
  /** How many pods it has, also those that are not ready. */
  readonly presentReplicas: number;
  readonly readyReplicas: number;
  /** True if the pods did not become available within the progress deadline. */
  readonly deadlineExceeded: boolean;
}

/** Reads a Deployment's status as `kubectl rollout status` does. */
export function rollout(deployment: KubeObject): Rollout {
  const { metadata, spec, status } = deploymentParts.parse(deployment);
  const seen = status.observedGeneration >= metadata.generation;
  return {
    complete:
      seen &&
      status.replicas === spec.replicas &&
      status.updatedReplicas === spec.replicas &&
      status.availableReplicas === spec.replicas,
    replicas: spec.replicas,
    presentReplicas: status.replicas,
    readyReplicas: status.readyReplicas,
    deadlineExceeded:
      seen &&
      status.conditions.some(
        (entry) =>
          entry.type === 'Progressing' &&
          entry.status === 'False' &&
          entry.reason === 'ProgressDeadlineExceeded',
      ),
  };
}
