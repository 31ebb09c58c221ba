import { z } from 'zod';

/** A switch. */
export function flag(byDefault: boolean, description: string): z.ZodType {
  return z.boolean().default(byDefault).describe(description);
}

/** A text; the empty one means that it is not set. */
export function text(byDefault: string, pattern: RegExp, description: string): z.ZodType {
  return z.string().regex(pattern).default(byDefault).describe(description);
}

/** Labels or annotations. */
export function texts(
  description: string,
  byDefault: Readonly<Record<string, string>> = {},
): z.ZodType {
  return z.record(z.string(), z.string()).default(byDefault).describe(description);
}

/** An object of Kubernetes' own, which the API server checks. */
export function object(
  byDefault: Readonly<Record<string, unknown>>,
  description: string,
): z.ZodType {
  return z.looseObject({}).default(byDefault).describe(description);
}

/** A list of objects of Kubernetes' own. */
export function objects(description: string): z.ZodType {
  return z.array(z.looseObject({})).default([]).describe(description);
}

/** A group of values. */
export function group(fields: z.core.$ZodLooseShape): z.ZodType {
  return z.strictObject(fields).prefault({});
}
