import { z } from 'zod';

const rules = z.array(z.looseObject({ rule: z.string() }));

/**
 * A schema in which every CEL rule repeats its expression `times` times. The cost that an API server estimates grows by the
 * same factor.
 */
export function repeatRules(schema: unknown, times: number): unknown {
  if (Array.isArray(schema)) return schema.map((item: unknown) => repeatRules(item, times));
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]: [string, unknown]) => [
      key,
      key === 'x-kubernetes-validations'
        ? rules.parse(value).map((entry) => ({ ...entry, rule: repeat(entry.rule, times) }))
        : repeatRules(value, times),
    ]),
  );
}

function repeat(rule: string, times: number): string {
  return Array.from({ length: times }, () => `(${rule})`).join(' && ');
}
