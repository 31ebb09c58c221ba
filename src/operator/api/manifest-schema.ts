import { z } from 'zod';
import { type JsonObject, kafkaExporterCrd } from './crd.ts';
import { KAFKA_EXPORTER_API } from './kafka-exporter.ts';

const crd = z.object({
  spec: z.object({
    versions: z.tuple([z.object({ schema: z.object({ openAPIV3Schema: z.unknown() }) })]),
  }),
});

const node = z.looseObject({
  type: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  default: z.json().optional(),
  'x-kubernetes-int-or-string': z.boolean().default(false),
  'x-kubernetes-preserve-unknown-fields': z.boolean().default(false),
  'x-kubernetes-list-type': z.string().optional(),
  'x-kubernetes-validations': z.array(z.object({ rule: z.string() })).default([]),
});

type Node = z.infer<typeof node>;

/**
 * JSON Schema of a KafkaExporter's manifest, for editors and for tools such as kubeconform. Other than the schema in the CRD,
 * it refuses unknown fields, and has the patterns of texts. Rules about several fields are not in it.
 *
 * @see https://json-schema.org/draft-07
 */
export function manifestSchema(): object {
  const { openAPIV3Schema } = crd.parse(kafkaExporterCrd()).spec.versions[0].schema;
  const { group, kind, version } = KAFKA_EXPORTER_API;
  const { properties = {}, ...resource } = node.parse(openAPIV3Schema);
  const { spec, status } = properties;
  const metadata = {
    type: 'object',
    properties: { name: { type: 'string' }, namespace: { type: 'string' } },
    required: ['name'],
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `https://${group}/${kind.toLowerCase()}_${version}.json`,
    title: kind,
    description: resource['description'],
    type: 'object',
    properties: {
      apiVersion: { const: `${group}/${version}` },
      kind: { const: kind },
      metadata,
      spec: converted(spec),
      status: converted(status),
    },
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
  };
}

function converted(schema: unknown): object {
  const parsed = node.parse(schema);
  const own = Object.entries(parsed).filter(([key]) => !OWN_FORM.has(key));
  return { ...Object.fromEntries(own), ...texts(parsed), ...children(parsed) };
}

/** What is written in another form, or only for the API server. */
const OWN_FORM = new Set([
  'properties',
  'items',
  'additionalProperties',
  ...Object.keys(node.shape).filter((key) => key.startsWith('x-kubernetes-')),
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
]);

function children(parsed: Node): object {
  const { additionalProperties, items, properties } = parsed;
  const isOpen = parsed['x-kubernetes-preserve-unknown-fields'];
  return {
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, converted(field)]),
          ),
          ...(isOpen ? {} : { additionalProperties: false }),
        }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: converted(additionalProperties) }),
    ...(items === undefined ? {} : { items: converted(items) }),
    ...(parsed['x-kubernetes-list-type'] === 'set' ? { uniqueItems: true } : {}),
  };
}

const MATCHES = /^self\.matches\('(.*)'\)$/;

/** The type of a text or a number, and the pattern that a rule in CEL has. */
function texts(parsed: Node): JsonObject {
  const rules = parsed['x-kubernetes-validations'].flatMap(
    ({ rule }) => MATCHES.exec(rule)?.[1] ?? [],
  );
  return {
    ...(parsed['x-kubernetes-int-or-string'] ? { type: ['integer', 'string'] } : {}),
    ...(rules[0] === undefined ? {} : { pattern: rules[0].replaceAll(/\\(.)/g, '$1') }),
  };
}
