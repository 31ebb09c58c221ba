import { z } from 'zod';
import { condition } from './status/conditions.ts';
import { deliveryStatus } from './status/delivery-status.ts';
import { kafkaExporterSpec } from './kafka-exporter-spec.ts';

/** Group, version and names under which the API server serves the resource. */
export const KAFKA_EXPORTER_API = {
  group: 'export.deepflow.io',
  version: 'v1alpha1',
  kind: 'KafkaExporter',
  plural: 'kafkaexporters',
  singular: 'kafkaexporter',
} as const;

/** `status` of a KafkaExporter. It has no value that changes with time only, so an idle operator writes nothing. */
export const kafkaExporterStatus = z.strictObject({
  observedGeneration: z
    .int()
    .min(-1)
    .optional()
    .describe(
      'Generation of the resource that this status describes; -1: no operator has seen the resource yet.',
    ),
  conditions: z
    .array(condition)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe('Conditions of the resource. docs/kafkaexporter.md lists every reason.'),
  config: z
    .strictObject({
      hash: z.string().max(64).describe('Hash in the name of the ConfigMap that the pods use.'),
    })
    .optional()
    .describe(
      'The configuration that every running pod uses: during a rollout still the former one. Absent while no pod runs.',
    ),
  credentials: z
    .strictObject({
      desiredRevision: z.int().min(0).describe('Last revision that was given to the pods.'),
      appliedRevision: z
        .int()
        .min(0)
        .optional()
        .describe('Last revision with which every pod has authenticated.'),
    })
    .optional()
    .describe(
      'Revisions of the credentials. The revision increases when a referenced Secret changes.',
    ),
  delivery: deliveryStatus.optional().describe('How delivery goes.'),
  replicas: z
    .int()
    .min(0)
    .optional()
    .describe('Pods of the Deployment, also those that are not ready.'),
  readyReplicas: z.int().min(0).optional().describe('Pods that are ready.'),
  pods: z
    .string()
    .max(32)
    .optional()
    .describe('Pods that are ready, and pods that should run, such as 2/2.'),
  selector: z
    .string()
    .max(1_024)
    .optional()
    .describe('Label selector of the pods, for example for kubectl logs --selector.'),
});

/** A KafkaExporter as the API server returns it. Other metadata is ignored. */
export const kafkaExporter = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    generation: z.int(),
  }),
  spec: kafkaExporterSpec,
});

/** A parsed KafkaExporter, with every default. */
export type KafkaExporter = z.infer<typeof kafkaExporter>;

/** The parsed status. */
export type KafkaExporterStatus = z.infer<typeof kafkaExporterStatus>;
