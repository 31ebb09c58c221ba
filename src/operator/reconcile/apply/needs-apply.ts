import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { isRecord, stepInto } from './field-set.ts';
import { sameQuantity } from './quantity.ts';

/** A value of a live object that is not as the manifest wants it. */
export interface Difference {
  /** Such as `spec.template.spec.containers[exporter].image`. */
  readonly path: string;
  /** Undefined: the object lacks it. */
  readonly live: unknown;
}

/**
 * Whether applying a manifest would change a live object. This is the case if a value differs, or if we still own a field
 * (in `managedFields`) that the manifest no longer has.
 *
 * @param manager our field manager.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function needsApply(manifest: KubeManifest, live: KubeObject, manager: string): boolean {
  const owned = live.metadata.managedFields?.find(
    (entry) =>
      entry.manager === manager && entry.operation === 'Apply' && (entry.subresource ?? '') === '',
  )?.fieldsV1;
  if (owned === undefined || !coversOwned(manifest, owned)) return true;
  return differencesOf(manifest, live).next().done !== true;
}

/**
 * The values of a manifest that a live object does not have. Defaults of the API server and fields of other managers are not
 * compared. Of an immutable ConfigMap only the metadata is compared, because its name contains the hash of its content.
 */
export function* differencesOf(manifest: KubeManifest, live: KubeObject): Generator<Difference> {
  if (manifest['immutable'] === true) {
    yield* differences(live.metadata, manifest.metadata, { path: 'metadata' });
    return;
  }
  for (const [key, value] of Object.entries(manifest))
    yield* differences(live[key], value, { path: key });
}

/** Fields whose values are quantities. `target` is that of a HorizontalPodAutoscaler's metric. */
const AMOUNTS: ReadonlySet<string> = new Set(['limits', 'requests', 'target']);

type Same = (live: unknown, wanted: unknown) => boolean;

interface Place {
  readonly path: string;
  /** Whether two values are the same. Absent: if they are equal. */
  readonly same?: Same;
}

const sameAmount: Same = (live, wanted) =>
  typeof live === 'string' && typeof wanted === 'string'
    ? sameQuantity(live, wanted)
    : live === wanted;

/** Where `live` lacks values of `wanted`. Items of lists are matched by their names if they have names. */
function* differences(
  live: unknown,
  wanted: unknown,
  { path, same = Object.is }: Place,
): Generator<Difference> {
  if (Array.isArray(wanted)) {
    if (Array.isArray(live)) yield* listDifferences(live, wanted, path);
    else yield { path, live };
  } else if (!isRecord(wanted)) {
    if (!same(live, wanted)) yield { path, live };
  } else if (!isRecord(live)) {
    yield { path, live };
  } else {
    for (const [key, value] of Object.entries(wanted)) {
      yield* differences(live[key], value, {
        path: `${path}.${key}`,
        same: AMOUNTS.has(key) ? sameAmount : same,
      });
    }
  }
}

function* listDifferences(
  live: readonly unknown[],
  wanted: readonly unknown[],
  path: string,
): Generator<Difference> {
  const named = wanted.length > 0 && wanted.every((item) => nameOf(item) !== undefined);
  if (!named && live.length !== wanted.length) {
    yield { path, live };
    return;
  }
  for (const [index, item] of wanted.entries()) {
    const name = nameOf(item);
    const other = named ? live.find((each) => nameOf(each) === name) : live[index];
    yield* differences(other, item, { path: `${path}[${name ?? index}]` });
  }
}

/** Whether a manifest still has every field of a field set. `.` is the value itself. */
function coversOwned(value: unknown, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).every(([step, below]) => {
    if (step === '.') return true;
    const child = stepInto(value, step);
    return child !== undefined && (!isRecord(below) || coversOwned(child.value, below));
  });
}

function nameOf(item: unknown): string | undefined {
  return isRecord(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}
