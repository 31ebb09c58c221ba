import type { KubeManifest, KubeObject } from '../../kube/kube-object.ts';
import { isRecord, stepInto } from './field-set.ts';

/** Fields that users and autoscalers may set: the number of pods, and annotations such as that of `kubectl rollout restart`. */
const OF_OTHERS: ReadonlySet<string> = new Set(['/spec/replicas', '/spec/template/metadata']);

/** A field of the spec that only other field managers have set. */
export interface ForeignField {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly manager: string;
  readonly value: unknown;
}

/**
 * The fields of an object's spec that the manifest does not have and that another manager has set, such as an environment
 * variable of `kubectl set env`. Server-side apply never removes them. In an order in which they can be removed.
 *
 * @param manager our field manager.
 */
export function foreignFields(
  manifest: KubeManifest,
  live: KubeObject,
  manager: string,
): readonly ForeignField[] {
  const found = new Map<string, ForeignField>();
  for (const entry of live.metadata.managedFields ?? []) {
    const fields = entry.fieldsV1?.['f:spec'];
    if (entry.manager === manager || (entry.subresource ?? '') !== '' || !isRecord(fields))
      continue;
    const name = entry.manager ?? 'unknown';
    for (const [pointer, value] of additions(
      fields,
      { live: live['spec'], wanted: manifest['spec'] },
      '/spec',
    )) {
      if (!found.has(pointer)) found.set(pointer, { pointer, manager: name, value });
    }
  }
  // Of a list, the last item comes first, so that the places of the others stay.
  const order = new Intl.Collator('en', { numeric: true });
  return [...found.values()].toSorted((a, b) => order.compare(b.pointer, a.pointer));
}

function* additions(
  fields: Readonly<Record<string, unknown>>,
  { live, wanted }: { readonly live: unknown; readonly wanted: unknown },
  pointer: string,
): Generator<[pointer: string, value: unknown]> {
  for (const [step, below] of Object.entries(fields)) {
    const child = step === '.' ? undefined : stepInto(live, step);
    if (child === undefined) continue;
    const at = `${pointer}/${child.key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (OF_OTHERS.has(at)) continue;
    const ours = stepInto(wanted, step);
    if (ours === undefined) yield [at, child.value];
    else if (isRecord(below))
      yield* additions(below, { live: child.value, wanted: ours.value }, at);
  }
}
