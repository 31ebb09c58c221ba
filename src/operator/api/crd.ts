import { z } from 'zod';
import { KAFKA_EXPORTER_API, kafkaExporterStatus } from './kafka-exporter.ts';
import { kafkaExporterSpec } from './kafka-exporter-spec.ts';

/** A JSON value. */
type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/**
 * The CustomResourceDefinition of KafkaExporter, generated from the zod schemas in the form in which the
 * API server returns it (structural schema, sorted keys, no empty objects).
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function kafkaExporterCrd(): JsonObject {
  const { group, version, kind, plural, singular } = KAFKA_EXPORTER_API;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      conversion: { strategy: 'None' },
      group,
      names: {
        categories: ['deepflow'],
        kind,
        listKind: `${kind}List`,
        plural,
        shortNames: ['kfx'],
        singular,
      },
      scope: 'Namespaced',
      versions: [
        {
          additionalPrinterColumns: [...PRINTER_COLUMNS],
          name: version,
          schema: { openAPIV3Schema: resourceSchema() },
          served: true,
          storage: true,
          subresources: {
            scale: {
              labelSelectorPath: '.status.selector',
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
            },
            status: {},
          },
        },
      ],
    },
  };
}

/** The columns of `kubectl get`; those with a priority only with `-o wide`. Without them, 80 characters are enough. */
const PRINTER_COLUMNS = [
  { jsonPath: '.status.conditions[?(@.type=="Ready")].status', name: 'Ready', type: 'string' },
  { jsonPath: '.status.conditions[?(@.type=="Ready")].reason', name: 'Reason', type: 'string' },
  { jsonPath: '.status.pods', name: 'Pods', type: 'string' },
  { jsonPath: '.status.delivery.lag', name: 'Lag', type: 'string' },
  { jsonPath: '.spec.dataSources', name: 'Sources', priority: 1, type: 'string' },
  { jsonPath: '.status.delivery.topics', name: 'Topics', priority: 1, type: 'string' },
  {
    jsonPath: '.status.conditions[?(@.type=="Ready")].message',
    name: 'Message',
    priority: 1,
    type: 'string',
  },
  { jsonPath: '.metadata.creationTimestamp', name: 'Age', type: 'date' },
] as const;

function resourceSchema(): JsonObject {
  return {
    description: "Exports DeepFlow's records, read from ClickHouse or pushed over HTTP, to Kafka.",
    properties: {
      apiVersion: {
        description: 'Version of the schema of this object.',
        type: 'string',
      },
      kind: { description: 'Kind of this object: KafkaExporter.', type: 'string' },
      metadata: { type: 'object' },
      spec: structural(
        z.toJSONSchema(kafkaExporterSpec.describe('What to export, and to which Kafka.'), {
          io: 'input',
          // Objects that are passed on to Kubernetes have a schema of their own.
          unrepresentable: 'any',
        }),
      ),
      status: {
        ...structural(
          z.toJSONSchema(kafkaExporterStatus.describe('What the operator has observed.'), {
            io: 'input',
          }),
        ),
        // Without this default, kstatus regards a resource that no operator has seen yet as healthy.
        default: { observedGeneration: -1 },
      },
    },
    required: ['spec'],
    type: 'object',
  };
}

/** A JSON schema as a structural schema: without the keywords that are forbidden or implied there. */
function structural(schema: unknown): JsonObject {
  return prune(jsonObject.parse(schema));
}

const FORBIDDEN = new Set(['$schema', 'propertyNames']);

function prune(schema: JsonObject): JsonObject {
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const entries = Object.entries(schema).filter(
    ([key, value]) =>
      !FORBIDDEN.has(key) &&
      !(key === 'additionalProperties' && value === false) &&
      !(isSafeIntegerBound(value) && !intOrString) &&
      !(key === 'anyOf' && intOrString),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, pruneField(key, value)]));
}

function pruneField(key: string, value: Json): Json {
  if (key === 'default' || key === 'x-kubernetes-validations') return value;
  const object = jsonObject.safeParse(value);
  if (!object.success) return value;
  if (key !== 'properties') return prune(object.data);
  return Object.fromEntries(
    Object.entries(object.data).map(([name, field]) => [name, prune(jsonObject.parse(field))]),
  );
}

/** zod adds JavaScript's safe bounds to every integer. They are of no use to users, unless the schema sets them on purpose. */
function isSafeIntegerBound(value: Json): boolean {
  return typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER;
}
