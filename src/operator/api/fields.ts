import { z } from 'zod';
import { BROKER_MESSAGE, BROKER_PATTERN } from '../../exporter/contract/addresses.ts';

/** A pattern that a string must match, and the message for a string that does not match. */
export interface TextRule {
  /** Means the same in RE2 and in JavaScript; must be anchored. */
  readonly pattern: string;
  readonly maxLength: number;
  readonly message: string;
}

/**
 * A string field that one rule checks twice: in CEL by the API server, and here by `parse`. The rule uses CEL instead of JSON
 * schema's `pattern`, because only with CEL the API server answers with a message of ours.
 */
export function text(rule: TextRule): z.ZodString {
  const regex = new RegExp(rule.pattern);
  return z
    .string()
    .max(rule.maxLength)
    .refine((value) => regex.test(value), rule.message)
    .meta({
      'x-kubernetes-validations': [
        { rule: `self.matches(${celString(rule.pattern)})`, message: rule.message },
      ],
    });
}

/** An address of a broker: `host:port`. */
export const brokerAddress = text({
  pattern: BROKER_PATTERN,
  maxLength: 261,
  message: BROKER_MESSAGE,
});

/** A rule about several fields of an object, in CEL for the API server and as a function for `parse`. */
export interface ObjectRule<Value> {
  readonly cel: string;
  readonly holds: (value: Value) => boolean;
  /** Says what to change. */
  readonly message: string;
}

/** Adds rules about several fields to an object, for the API server (CEL) and for `parse`. */
export function withRules<Schema extends z.ZodType>(
  schema: Schema,
  rules: readonly ObjectRule<z.infer<Schema>>[],
): Schema {
  let checked = schema;
  for (const rule of rules) checked = checked.refine(rule.holds, rule.message);
  return checked.meta({
    'x-kubernetes-validations': rules.map(({ cel, message }) => ({ rule: cel, message })),
  });
}

/** A string as a CEL literal. */
function celString(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A map from strings to `value`. Its size is limited, so that the API server can estimate the cost of rules on it. */
export function mapOf<Value extends z.ZodType>(
  value: Value,
  maxProperties = 64,
): z.ZodRecord<z.ZodString, Value> {
  return z.record(z.string(), value).meta({ maxProperties });
}

/**
 * A list whose entries differ in some of their fields, for the API server (list type `map`, which it also merges by) and for
 * `parse`.
 */
export function listByKeys<Item extends z.ZodObject>(
  item: Item,
  { keys, max }: { readonly keys: readonly (string & keyof z.infer<Item>)[]; readonly max: number },
): z.ZodArray<Item> {
  const message = `must not have the same ${keys.join(' and ')} as an entry before it`;
  return z
    .array(item)
    .max(max)
    .superRefine((entries, context) => {
      const seen = new Set<string>();
      for (const [index, entry] of entries.entries()) {
        const key = JSON.stringify(keys.map((each) => entry[each]));
        if (seen.has(key)) context.addIssue({ code: 'custom', path: [index], message });
        seen.add(key);
      }
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...keys] });
}
