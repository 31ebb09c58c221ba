import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { sameQuantity } from './quantity.ts';

/**
 * Whether applying a manifest would change a live object. This is the case if a value differs, or if we still own a field
 * (in `managedFields`) that the manifest no longer has. Defaults of the API server and fields of other managers are not
 * compared. Of an immutable ConfigMap only the metadata is compared, because its name contains the hash of its content.
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
  return manifest['immutable'] === true
    ? !contains(live.metadata, manifest.metadata)
    : !contains(live, manifest);
}

type Same = (live: unknown, wanted: unknown) => boolean;

const sameAmount: Same = (live, wanted) =>
  typeof live === 'string' && typeof wanted === 'string'
    ? sameQuantity(live, wanted)
    : live === wanted;

/** Fields whose values are quantities. `target` is that of a HorizontalPodAutoscaler's metric. */
const AMOUNTS: ReadonlySet<string> = new Set(['limits', 'requests', 'target']);

/** Whether `live` has all values of `wanted`. Items of lists are matched by their names if they have names. */
function contains(live: unknown, wanted: unknown, same: Same = Object.is): boolean {
  if (Array.isArray(wanted)) return Array.isArray(live) && containsList(live, wanted);
  if (!isRecord(wanted)) return same(live, wanted);
  return (
    isRecord(live) &&
    Object.entries(wanted).every(([key, value]) =>
      contains(live[key], value, AMOUNTS.has(key) ? sameAmount : same),
    )
  );
}

function containsList(live: readonly unknown[], wanted: readonly unknown[]): boolean {
  if (wanted.length > 0 && wanted.every((item) => nameOf(item) !== undefined)) {
    return wanted.every((item) =>
      contains(
        live.find((other) => nameOf(other) === nameOf(item)),
        item,
      ),
    );
  }
  return (
    live.length === wanted.length && wanted.every((item, index) => contains(live[index], item))
  );
}

/**
 * Whether a manifest still has every field of a field set. In FieldsV1, `f:name` is a field, `k:{…}` a list item with these
 * keys, `v:…` a member of a set, and `.` the value itself.
 */
function coversOwned(value: unknown, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).every(([step, below]) => {
    if (step === '.') return true;
    const child = stepInto(value, step);
    return child !== undefined && (!isRecord(below) || coversOwned(child, below));
  });
}

function stepInto(value: unknown, step: string): unknown {
  const rest = step.slice(2);
  if (step.startsWith('f:')) return isRecord(value) ? value[rest] : undefined;
  if (!Array.isArray(value)) return undefined;
  const wanted: unknown = JSON.parse(rest);
  return value.find((item: unknown) => contains(item, wanted));
}

function nameOf(item: unknown): string | undefined {
  return isRecord(item) && typeof item['name'] === 'string' ? item['name'] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
