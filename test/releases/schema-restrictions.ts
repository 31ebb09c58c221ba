import { isDeepStrictEqual } from 'node:util';

/** A schema of a CRD, as in `openAPIV3Schema`. */
export type Schema = Readonly<Record<string, unknown>>;

/** Keywords that only describe. */
const TEXTS: ReadonlySet<string> = new Set(['description']);
const UPPER_BOUNDS: ReadonlySet<string> = new Set([
  ...['maximum', 'maxLength', 'maxItems', 'maxProperties'],
]);
const LOWER_BOUNDS: ReadonlySet<string> = new Set([
  ...['minimum', 'minLength', 'minItems', 'minProperties'],
]);
/** Keywords that have a schema below them. */
const NESTED = { items: '[]', additionalProperties: '{}' } as const;

/**
 * What a schema refuses, or understands in another way, that an earlier one accepted: one sentence for each change that is not an
 * addition. A keyword that this function does not know must not change at all.
 *
 * @see https://kubernetes.io/docs/reference/using-api/deprecation-policy/
 */
export function schemaRestrictions(before: Schema, after: Schema, path = ''): string[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keywords].flatMap((keyword) => {
    const [old, now] = [before[keyword], after[keyword]];
    if (TEXTS.has(keyword) || isDeepStrictEqual(old, now)) return [];
    if (keyword === 'properties') return propertyRestrictions(asSchema(old), asSchema(now), path);
    if (keyword === 'required') return requiredRestrictions(listOf(old), after, path);
    if (keyword === 'enum') return enumRestrictions(old, now, path);
    if (keyword === 'x-kubernetes-validations') return ruleRestrictions(old, now, path);
    if (keyword in NESTED && isSchema(old) && isSchema(now)) {
      return schemaRestrictions(
        old,
        now,
        `${path}${keyword === 'items' ? NESTED.items : NESTED.additionalProperties}`,
      );
    }
    return isWider(keyword, old, now)
      ? []
      : [`${path}: ${keyword} was ${text(old)}, is ${text(now)}`];
  });
}

function propertyRestrictions(before: Schema, after: Schema, path: string): string[] {
  return Object.entries(before).flatMap(([name, old]) =>
    name in after
      ? schemaRestrictions(asSchema(old), asSchema(after[name]), `${path}.${name}`)
      : [`${path}.${name}: was removed`],
  );
}

/** A new required field breaks no stored object if it has a default. */
function requiredRestrictions(before: readonly unknown[], after: Schema, path: string): string[] {
  const properties = asSchema(after['properties']);
  return listOf(after['required'])
    .filter((name) => !before.includes(name))
    .filter((name) => asSchema(properties[String(name)])['default'] === undefined)
    .map((name) => `${path}.${String(name)}: became required`);
}

function enumRestrictions(before: unknown, after: unknown, path: string): string[] {
  if (after === undefined) return [];
  if (before === undefined) return [`${path}: became an enum`];
  return listOf(before)
    .filter((value) => !listOf(after).includes(value))
    .map((value) => `${path}: the value ${text(value)} was removed`);
}

function ruleRestrictions(before: unknown, after: unknown, path: string): string[] {
  const known = listOf(before).map((rule) => asSchema(rule)['rule']);
  return listOf(after)
    .map((rule) => asSchema(rule)['rule'])
    .filter((rule) => !known.includes(rule))
    .map((rule) => `${path}: has a new rule: ${String(rule)}`);
}

function isWider(keyword: string, before: unknown, after: unknown): boolean {
  if (!UPPER_BOUNDS.has(keyword) && !LOWER_BOUNDS.has(keyword)) return false;
  if (after === undefined) return true;
  if (typeof before !== 'number' || typeof after !== 'number') return false;
  return UPPER_BOUNDS.has(keyword) ? after >= before : after <= before;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
