import { z } from 'zod';
import { condition } from './conditions.ts';
import { kafkaExporterSpec } from './kafka-exporter-spec.ts';

/** Group, version and names under which the API server serves the resource. */
export const KAFKA_EXPORTER_API = {
  group: 'export.deepflow.io',
  version: 'v1alpha1',
  kind: 'KafkaExporter',
  plural: 'kafkaexporters',
  singular: 'kafkaexporter',
} as const;

/** `status` of a KafkaExporter. It holds nothing that changes while nothing happens. */
export const kafkaExporterStatus = z.strictObject({
  observedGeneration: z
    .int()
    .min(-1)
    .optional()
    .describe('Generation of the resource that this status describes; -1: nobody has looked yet.'),
  conditions: z
    .array(condition)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe('What holds now; docs/kafkaexporter.md lists every reason.'),
  config: z
    .strictObject({
      hash: z.string().max(64).describe('Hash of the configuration that the workload runs with.'),
    })
    .optional()
    .describe('The configuration rendered from the spec.'),
  credentials: z
    .strictObject({
      desiredRevision: z.int().min(0).describe('Revision last given to the pods.'),
      appliedRevision: z
        .int()
        .min(0)
        .optional()
        .describe('Last revision with which every pod has authenticated.'),
    })
    .optional()
    .describe(
      'Revisions of the credentials; a counter that grows when a referenced Secret changes.',
    ),
  readyReplicas: z.int().min(0).optional().describe('Pods that are ready.'),
  selector: z
    .string()
    .max(1_024)
    .optional()
    .describe('Label selector of the pods, for example for kubectl logs --selector.'),
});

/** A KafkaExporter as the API server serves it. Other metadata is left alone. */
export const kafkaExporter = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    generation: z.int(),
  }),
  spec: kafkaExporterSpec,
});

/** A parsed KafkaExporter, every default filled in. */
export type KafkaExporter = z.infer<typeof kafkaExporter>;

/** The parsed status. */
export type KafkaExporterStatus = z.infer<typeof kafkaExporterStatus>;
