/** A child of a value, and where it is. */
export interface Child {
  /** The name of the field, or the index in the list. */
  readonly key: string;
  readonly value: unknown;
}

/**
 * The child to which one step of a field set leads; undefined: there is none. In FieldsV1, `f:name` is a field, `k:{…}` a list
 * item with these keys, `v:…` a member of a set.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function stepInto(value: unknown, step: string): Child | undefined {
  const rest = step.slice(2);
  if (step.startsWith('f:')) {
    const child = isRecord(value) ? value[rest] : undefined;
    return child === undefined ? undefined : { key: rest, value: child };
  }
  if (!Array.isArray(value)) return undefined;
  const wanted: unknown = JSON.parse(rest);
  const index = value.findIndex((item: unknown) => hasKeys(item, wanted));
  return index === -1 ? undefined : { key: String(index), value: value[index] };
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasKeys(item: unknown, wanted: unknown): boolean {
  if (!isRecord(wanted)) return item === wanted;
  return isRecord(item) && Object.entries(wanted).every(([key, value]) => item[key] === value);
}
