import type { V1Affinity, V1LabelSelector } from '@kubernetes/client-node';
import { z } from 'zod';

/** More than any rule that people write, and little in a Deployment. */
const CHARACTERS_MAX = 16_384;

/**
 * An object that is passed on to Kubernetes as it is, with the type that Kubernetes gives it: the API server checks it when the
 * operator applies the Deployment.
 */
function passedOn<T>(): z.ZodType<T> {
  return z
    .custom<T>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        JSON.stringify(value).length <= CHARACTERS_MAX,
      `must be an object with at most ${CHARACTERS_MAX} characters as JSON`,
    )
    .meta({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, maxProperties: 16 });
}

const AS_KUBERNETES = 'As in the Pod of Kubernetes.';

/** `podTemplate.affinity`: on which nodes, and beside which pods, the pods run. */
export const affinity = z.strictObject({
  nodeAffinity: passedOn<NonNullable<V1Affinity['nodeAffinity']>>()
    .exactOptional()
    .describe(`Which nodes the pods need or prefer. ${AS_KUBERNETES}`),
  podAffinity: passedOn<NonNullable<V1Affinity['podAffinity']>>()
    .exactOptional()
    .describe(`Beside which pods they run. ${AS_KUBERNETES}`),
  podAntiAffinity: passedOn<NonNullable<V1Affinity['podAntiAffinity']>>()
    .exactOptional()
    .describe(`Beside which pods they do not run. ${AS_KUBERNETES}`),
});

/** An entry of `podTemplate.topologySpreadConstraints`. */
export const topologySpreadConstraint = z.strictObject({
  topologyKey: z
    .string()
    .min(1)
    .max(317)
    .describe('Label of nodes whose values are the domains, such as topology.kubernetes.io/zone.'),
  maxSkew: z.int().min(1).max(1_024).describe('By how many pods two domains may differ.'),
  whenUnsatisfiable: z
    .enum(['DoNotSchedule', 'ScheduleAnyway'])
    .describe('Whether a pod that would break the rule waits.'),
  labelSelector: passedOn<V1LabelSelector>()
    .exactOptional()
    .describe('Pods that are counted. Absent: the pods of this resource.'),
  matchLabelKeys: z
    .array(z.string().min(1).max(317))
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .exactOptional()
    .describe('Labels whose values are added to labelSelector, such as pod-template-hash.'),
  minDomains: z
    .int()
    .min(1)
    .max(1_024)
    .exactOptional()
    .describe('Number of domains that there should be at least.'),
  nodeAffinityPolicy: z
    .enum(['Honor', 'Ignore'])
    .exactOptional()
    .describe(
      'Whether nodes that nodeSelector and nodeAffinity exclude are left out. Absent: Honor.',
    ),
  nodeTaintsPolicy: z
    .enum(['Honor', 'Ignore'])
    .exactOptional()
    .describe('Whether nodes with taints that are not tolerated are left out. Absent: Ignore.'),
});
