import { z } from 'zod';
import { mapOf } from './fields.ts';

const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|[KMGTPE]i|[MGTPE])?$/;

const quantity = z
  .union([z.int(), z.string().max(32).regex(QUANTITY, 'must be a quantity such as 250m or 512Mi')])
  .meta({ 'x-kubernetes-int-or-string': true, pattern: QUANTITY.source });

const toleration = z.strictObject({
  key: z
    .string()
    .max(317)
    .exactOptional()
    .describe('Taint key. Absent, with the operator Exists: every taint.'),
  operator: z
    .enum(['Exists', 'Equal'])
    .exactOptional()
    .describe('Equal: the taint must have this value. Exists: any value matches. Absent: Equal.'),
  value: z.string().max(63).exactOptional().describe('Taint value, with the operator Equal.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .exactOptional()
    .describe('Taint effect. Absent: every effect.'),
  tolerationSeconds: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .exactOptional()
    .describe('Seconds for which a NoExecute taint is tolerated. Absent: for ever.'),
});

/** What a user may add to the exporter's pods. */
export const podTemplate = z.strictObject({
  resources: z
    .strictObject({
      requests: mapOf(quantity, 8)
        .exactOptional()
        .describe('Resources that the scheduler reserves for the container.'),
      limits: mapOf(quantity, 8)
        .exactOptional()
        .describe('Resources that the container may use at most.'),
    })
    .exactOptional()
    .describe(
      'Resources of the container. They replace the default: requests of 100m CPU and 256Mi memory, a limit of 512Mi memory.',
    ),
  nodeSelector: mapOf(z.string().max(63))
    .exactOptional()
    .describe('Labels that the node must have.'),
  tolerations: z
    .array(toleration)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .exactOptional()
    .describe('Taints that the pods tolerate.'),
  annotations: mapOf(z.string().max(4_096)).exactOptional().describe('Annotations of the pods.'),
  labels: mapOf(z.string().max(63))
    .exactOptional()
    .describe("Labels of the pods. The operator's own labels have precedence."),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().max(253).describe('Name of the Secret.') }))
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .exactOptional()
    .describe('Secrets that are used to pull the image.'),
  priorityClassName: z.string().max(253).exactOptional().describe('PriorityClass of the pods.'),
});

/** A user's additions to the pods, parsed. */
export type PodTemplate = z.infer<typeof podTemplate>;
