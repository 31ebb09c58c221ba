import fc from 'fast-check';
import { z } from 'zod';
import { kafkaExporterCrd } from '../../../src/operator/api/crd.ts';

const crd = z.object({
  spec: z.object({
    versions: z.tuple([
      z.object({
        schema: z.object({
          openAPIV3Schema: z.object({ properties: z.object({ spec: z.unknown() }) }),
        }),
      }),
    ]),
  }),
});

/** The schema of `spec` in the CRD. */
export const specSchema = crd.parse(kafkaExporterCrd()).spec.versions[0].schema.openAPIV3Schema
  .properties.spec;

/** A node of the schema in a CRD, as far as values are made from it. */
const schemaNode = z.looseObject({
  type: z.string().default('string'),
  enum: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  minItems: z.number().default(0),
  maxItems: z.number().default(64),
  minimum: z.number().default(-1_000),
  maximum: z.number().default(1_000_000),
  maxLength: z.number().default(64),
  pattern: z.string().optional(),
  'x-kubernetes-int-or-string': z.boolean().default(false),
  'x-kubernetes-validations': z.array(z.object({ rule: z.string() })).default([]),
});

type SchemaNode = z.infer<typeof schemaNode>;

/** How a resource is made: each field is made on its own. */
interface Shares {
  /** Of values that are wrong on purpose, in percent. */
  readonly wrong: number;
  /** Of fields that are there though they need not be, in percent. */
  readonly optional: number;
}

/** Any spec: half of all have no mistake but those that rules about several fields find. */
export function anySpec(): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(0, 0, 1, 4), fc.constantFrom(2, 5, 15))
    .chain(([wrong, optional]) => valueOf(specSchema, { wrong, optional }));
}

function valueOf(schema: unknown, shares: Shares): fc.Arbitrary<unknown> {
  const node = schemaNode.parse(schema);
  return fc
    .nat(99)
    .chain((number) => (number < shares.wrong ? wrongValue(node) : rightValue(node, shares)));
}

const TEXTS = ['', 'a', 'A_b', 'ü', '😀'.repeat(40), 'x'.repeat(300), ' a', 'a\n', 'yes', '1'];

/** Values of every type, at the bounds and beyond them. */
function wrongValue({ maxLength, maximum, minimum }: SchemaNode): fc.Arbitrary<unknown> {
  return fc.constantFrom<unknown>(
    ...TEXTS,
    'x'.repeat(maxLength),
    'x'.repeat(maxLength + 1),
    '😀'.repeat(Math.ceil(maxLength / 2) + 1),
    minimum,
    minimum - 1,
    maximum,
    maximum + 1,
    1.5,
    true,
    null,
    [],
    {},
    [null],
    { unknown: 1 },
  );
}

function rightValue(node: SchemaNode, shares: Shares): fc.Arbitrary<unknown> {
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (node['x-kubernetes-int-or-string']) return fc.oneof(integer(node), text(node));
  switch (node.type) {
    case 'array':
      return fc.array(valueOf(node.items, shares), {
        minLength: node.minItems,
        maxLength: Math.min(node.maxItems, node.minItems + 2),
      });
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integer(node);
    case 'object':
      return node.additionalProperties === undefined ? object(node, shares) : map(node, shares);
    default:
      return text(node);
  }
}

function integer({ maximum, minimum }: SchemaNode): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: minimum, max: Math.min(maximum, minimum + 100) }),
    fc.constant(maximum),
  );
}

/** Texts that the rule of the field accepts, or any short text. */
function text(node: SchemaNode): fc.Arbitrary<string> {
  const [, rule] = node['x-kubernetes-validations']
    .map((each) => /^self\.matches\('(.*)'\)$/.exec(each.rule))
    .find((match) => match !== null) ?? [undefined, node.pattern];
  return matching(rule ?? '^[a-z0-9-]{1,20}$');
}

/** Texts by their pattern: it takes long to make them anew for each value. */
const madeBefore = new Map<string, fc.Arbitrary<string>>();

function matching(rule: string): fc.Arbitrary<string> {
  const made = madeBefore.get(rule);
  if (made !== undefined) return made;
  const source = rule.replaceAll('\\\\', '\\').replaceAll("\\'", "'");
  // All characters but a few are slow to make, and no better than letters.
  const pattern = new RegExp(source.replaceAll(/\[\^(?:\\.|[^\]])*\]/g, '[a-z0-9-]'));
  const texts = fc.stringMatching(pattern, { size: 'xsmall' });
  madeBefore.set(rule, texts);
  return texts;
}

function map({ additionalProperties }: SchemaNode, shares: Shares): fc.Arbitrary<unknown> {
  const key = fc.stringMatching(/^[a-z]{1,8}$/);
  return fc.dictionary(key, valueOf(additionalProperties, shares), { maxKeys: 2 });
}

/** The rule of an object that must have exactly one of two fields. */
const EITHER = /^has\(self\.(\w+)\) != has\(self\.(\w+)\)$/;

function object(node: SchemaNode, shares: Shares): fc.Arbitrary<unknown> {
  const { properties = {}, required } = node;
  const [, ...either] = node['x-kubernetes-validations']
    .map(({ rule }) => EITHER.exec(rule))
    .find((match) => match !== null) ?? [''];
  return fc.nat(either.length === 0 ? 0 : 1).chain((chosen) => {
    const percentOf = (name: string): number => {
      if (required.includes(name) || name === either[chosen]) return 100 - shares.wrong;
      return either.includes(name) ? shares.wrong : shares.optional;
    };
    const fields = Object.entries(properties).map(([name, schema]) =>
      sometimes(percentOf(name), name, valueOf(schema, shares)),
    );
    const unknown = sometimes(
      shares.wrong / 4,
      `${Object.keys(properties)[0] ?? ''}s`,
      fc.constant(1),
    );
    return fc.tuple(...fields, unknown).map((entries) => Object.fromEntries(entries.flat()));
  });
}

/** A field with a value, or no field. */
function sometimes(
  percent: number,
  name: string,
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<(readonly [string, unknown])[]> {
  return fc
    .nat(999)
    .chain((number) =>
      number < percent * 10 ? value.map((each) => [[name, each] as const]) : fc.constant([]),
    );
}
