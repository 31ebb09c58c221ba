import { z } from 'zod';
import { KAFKA_EXPORTER_API, type KafkaExporter } from '../../operator/api/kafka-exporter.ts';
import { manifestSchema } from '../../operator/api/manifest-schema.ts';
import { kafkaExporterSpec } from '../../operator/api/kafka-exporter-spec.ts';
import { renderExporterConfig } from '../../operator/desired/exporter-config.ts';
import { type FieldProblem, fieldProblems, sentenceOf, unknownField } from './issue-sentences.ts';
import { objectMeta } from './object-meta.ts';

const { group, kind, version } = KAFKA_EXPORTER_API;
const API_VERSION = `${group}/${version}`;

/** A manifest as the operator would get it, or everything that is wrong with it. */
export type CheckedManifest =
  | { readonly kind: 'valid'; readonly resource: KafkaExporter }
  /** The API server refuses it. */
  | { readonly kind: 'refused'; readonly problems: readonly FieldProblem[] }
  /** The API server accepts it, and the operator does not. */
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] };

/** The namespace of a manifest that names none: that of kubectl without a context. */
const DEFAULT_NAMESPACE = 'default';

const head = z.object({ apiVersion: z.unknown().optional(), kind: z.unknown().optional() });

/** Whether an object is meant to be a KafkaExporter: by its kind or by its group, so that a mistake in one is found. */
function isKafkaExporter(value: unknown): boolean {
  const parsed = head.safeParse(value);
  if (!parsed.success) return false;
  const { apiVersion, kind: named } = parsed.data;
  return named === kind || (typeof apiVersion === 'string' && apiVersion.startsWith(`${group}/`));
}

const list = z.object({ kind: z.literal('List'), items: z.array(z.unknown()) });

/** A KafkaExporter in a document, and the path at which it is there. */
export interface FoundManifest {
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
}

/** The KafkaExporters of a document: the document itself, or the items of a List, as `kubectl get` prints it. */
export function manifestsIn(document: unknown): readonly FoundManifest[] {
  const parsed = list.safeParse(document);
  const all = parsed.success
    ? parsed.data.items.map((value, i) => ({ value, path: ['items', i] }))
    : [{ value: document, path: [] }];
  return all.filter(({ value }) => isKafkaExporter(value));
}

/**
 * Checks a KafkaExporter by all rules of the API server, defaults included, and then by those that only the operator
 * has. As there, rules about a whole spec are checked when its fields are right.
 */
export function checkManifest(value: unknown): CheckedManifest {
  const top = z
    .looseObject({ metadata: z.unknown().optional(), spec: z.unknown().optional() })
    .parse(value);
  const metadata = objectMeta.safeParse(withoutNulls(top.metadata), { error: sentenceOf });
  const written = withoutNulls(top.spec);
  const spec = kafkaExporterSpec.safeParse(written, { error: sentenceOf });
  const problems = [
    ...topProblems(top),
    ...(metadata.success ? [] : under('metadata', metadata.error.issues)),
    ...(spec.success ? [] : under('spec', spec.error.issues)),
  ];
  if (problems.length > 0 || !metadata.success || !spec.success)
    return { kind: 'refused', problems };
  const {
    generateName = '',
    generation = 0,
    name = `${generateName}00000`,
    namespace = DEFAULT_NAMESPACE,
    uid = '',
  } = metadata.data;
  const resource = { metadata: { name, namespace, uid, generation }, spec: spec.data };
  const rendered = renderExporterConfig(resource);
  return rendered.kind === 'rendered'
    ? { kind: 'valid', resource }
    : { kind: 'invalid', problems: rendered.problems.map(withPath) };
}

const TOP_FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

function topProblems(top: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const expected = { apiVersion: API_VERSION, kind };
  return [
    ...Object.entries(expected).flatMap(([field, right]) =>
      top[field] === right ? [] : [{ path: [field], message: `must be ${right}` }],
    ),
    ...Object.keys(top)
      .filter((field) => !TOP_FIELDS.includes(field))
      .map((field) => ({ path: [field], message: unknownField(field, TOP_FIELDS) })),
  ];
}

function under(field: string, issues: readonly z.core.$ZodIssue[]): readonly FieldProblem[] {
  const problems = fieldProblems(issues, (path) => knownNames([field, ...path]));
  return problems.map(({ path, message }) => ({ path: [field, ...path], message }));
}

/** The API server drops empty fields of objects before it checks an object. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]: [string, unknown]) =>
      field === null ? [] : [[key, withoutNulls(field)]],
    ),
  );
}

const schemaNode = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});

/** The names of the fields that a manifest can have at a path. */
function knownNames(path: readonly PropertyKey[]): readonly string[] {
  if (path[0] === 'metadata') return path.length === 1 ? Object.keys(objectMeta.shape) : [];
  let node = schemaNode.parse(manifestSchema());
  for (const step of path) {
    const child =
      typeof step === 'number'
        ? node.items
        : (node.properties?.[String(step)] ?? node.additionalProperties);
    node = schemaNode.catch({}).parse(child);
  }
  return Object.keys(node.properties ?? {});
}

/** A path such as `spec.a[0].b`. Each text matches in one way only, so that no text takes long. */
const PATH = /^[A-Za-z]+(?:\.[A-Za-z]+|\[\d+\])*$/;

/** `spec.a[0].b: must …` → its path and its sentence. */
function withPath(problem: string): FieldProblem {
  const end = problem.indexOf(': ');
  const path = problem.slice(0, Math.max(0, end));
  if (!PATH.test(path)) return { path: ['spec'], message: problem };
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  return {
    path: steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
    message: problem.slice(end + 2),
  };
}
