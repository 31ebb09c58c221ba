/** A JSON value with its numbers kept as text, so that 64-bit integers stay exact. */
export type Canonical =
  | string
  | boolean
  | null
  | readonly Canonical[]
  | CanonicalNumber
  | CanonicalObject;
/** An object in the order of its keys. */
export interface CanonicalObject {
  readonly [key: string]: Canonical;
}
/** A number as text: an integer in full, anything else as JavaScript prints the double. */
export interface CanonicalNumber {
  readonly number: string;
}

/**
 * Parses JSON with exact numbers.
 *
 * @throws SyntaxError when the text is not valid JSON.
 */
export function parseExact(text: string): CanonicalObject {
  const parsed: unknown = JSON.parse(text, exactly);
  if (!isObject(parsed)) throw new SyntaxError(`not a JSON object: ${text.slice(0, 80)}`);
  return parsed;
}

/** A number, given as the text of an integer or of a double. */
export function exactNumber(text: string): CanonicalNumber {
  if (/^-?\d+$/.test(text)) return { number: text };
  const value = Number(text);
  return { number: Number.isInteger(value) ? String(BigInt(value)) : String(value) };
}

/** A reviver that keeps the text of numbers (TC39 proposal-json-parse-with-source, in Node 22 and later). */
function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? exactNumber(context?.source ?? String(value)) : value;
}

function isObject(value: unknown): value is CanonicalObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
