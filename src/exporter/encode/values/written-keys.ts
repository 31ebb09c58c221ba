import { type DataSource, hasBothSides } from '../../../deepflow/data-sources.ts';
import { type EnumName, enumNames } from '../../../deepflow/names/enums.ts';
import type { Selection } from '../../../deepflow/fields/export-fields.ts';
import type { Field } from '../../../deepflow/fields/fields.ts';
import { type UniversalTag, universalTagOf } from '../../../deepflow/names/universal-tags.ts';
import type { IntegerOptions } from './number-values.ts';

/** What decides which keys a data source's records have. */
export interface KeyOptions {
  readonly dataSource: DataSource;
  readonly selection: Selection;
  readonly recordFormat: 'Documented' | 'Compatible';
  /** Which empty values stand in a record: `""` and `[]` of tags, `0` and `[]` of metrics. */
  readonly keepsEmpty: { readonly tags: boolean; readonly metrics: boolean };
  readonly translates: { readonly enums: boolean; readonly resources: boolean };
  /** True: ids stand beside names. */
  readonly keepsIds: boolean;
  /** False: nothing says what type a workload has, so fields of it are left out. Absent: it is looked up. */
  readonly knowsWorkloads?: boolean;
  /** Columns that the table has; undefined: all of them. Fields of others are left out. */
  readonly available?: ReadonlySet<string>;
}

/**
 * A key of a record and what stands under it:
 * - `raw`: the column's value
 * - `code`: the name of a code
 * - `resource`: the name of a resource or of its type
 * - `workload`: the type of a workload, which is looked up
 * - `constant`: the same in every record
 */
export type WrittenField =
  | { readonly kind: 'raw' | 'workload'; readonly key: string; readonly field: Field }
  | {
      readonly kind: 'code';
      readonly key: string;
      readonly field: Field;
      readonly names: EnumName;
    }
  | {
      readonly kind: 'resource';
      readonly key: string;
      readonly field: Field;
      readonly tag: UniversalTag;
    }
  | {
      readonly kind: 'constant';
      readonly key: string;
      readonly field: Field;
      readonly value: string | number;
    };

/** One of the two arrays of the labels of the pod whose id a column holds. */
export interface WrittenLabels {
  readonly kind: 'labels';
  readonly key: string;
  readonly column: string;
  readonly part: 'names' | 'values';
}

/** The keys of a record's fields, in the order in which they are written. */
export function writtenFields(options: KeyOptions): readonly WrittenField[] {
  return options.selection.fields.flatMap((field) => writtenOf(field, options));
}

/** The keys of a record's labels; they follow the fields. */
export function writtenLabels(options: KeyOptions): readonly WrittenLabels[] {
  const { dataSource, selection } = options;
  if (selection.labels === undefined) return [];
  const sides = hasBothSides(dataSource) ? ['_0', '_1'] : [''];
  return sides
    .filter((side) => hasColumn(`pod_id${side}`, options))
    .flatMap((side) =>
      (['names', 'values'] as const).map((part) => ({
        kind: 'labels',
        key: `k8s_label_${part}${side}`,
        column: `pod_id${side}`,
        part,
      })),
    );
}

function writtenOf(field: Field, options: KeyOptions): readonly WrittenField[] {
  const { recordFormat, translates, keepsIds } = options;
  const { key, form } = field;
  const isKnown = form !== 'workload_type' || options.knowsWorkloads !== false;
  const isReadable = isKnown && field.isStored && hasColumn(field.column, options);
  if (form !== 'organization' && !isReadable) {
    return recordFormat === 'Documented' ? [] : zeroOf(field, options);
  }
  // The server has no type for them, so it never reads them.
  if (form === 'ipv6' && recordFormat === 'Compatible') return [];
  const tag = universalTagOf(field.name);
  if (tag !== undefined && translates.resources) {
    const nameKey = tag.nameKey(key);
    const ids = keepsIds && nameKey !== key ? [{ kind: 'raw', key, field } as const] : [];
    if (isNeverNamed(field, options)) return [...ids, ...emptyOf(field, nameKey, options)];
    return [...ids, { kind: 'resource', key: nameKey, field, tag }];
  }
  if (form === 'workload_type') return [{ kind: 'workload', key, field }];
  if (field.enum === undefined || !translates.enums) return [{ kind: 'raw', key, field }];
  return [{ kind: 'code', key, field, names: field.enum }];
}

/** The server looks events' processes up under the number 0, which has no name. */
function isNeverNamed({ name }: Field, { recordFormat, dataSource }: KeyOptions): boolean {
  return recordFormat === 'Compatible' && name === 'gprocess_id' && dataSource.startsWith('event.');
}

function emptyOf(field: Field, key: string, { keepsEmpty }: KeyOptions): readonly WrittenField[] {
  return keepsEmpty.tags ? [{ kind: 'constant', key, field, value: '' }] : [];
}

/** What the server writes for a field that its struct has and the table has not: a zero. */
function zeroOf(field: Field, options: KeyOptions): readonly WrittenField[] {
  const { keepsEmpty, translates } = options;
  const { key } = field;
  if (field.form === 'string' || field.form === 'strings') return emptyOf(field, key, options);
  if (field.enum !== undefined && translates.enums) {
    const value = enumNames(field.enum).get('0') ?? '';
    return value !== '' || keepsEmpty.tags ? [{ kind: 'constant', key, field, value }] : [];
  }
  const isDropped = field.category === 'metric' && !keepsEmpty.metrics;
  return isDropped ? [] : [{ kind: 'constant', key, field, value: 0 }];
}

function hasColumn(column: string, { available }: KeyOptions): boolean {
  return available?.has(column) ?? true;
}

/** Lengths of which the server reads the lower 32 bits alone (server/libs/utils). */
const CUT_BY_SERVER: ReadonlySet<string> = new Set(['request_length', 'response_length']);

/** What is done to the value of an integer: nothing, or its low 32 bits are taken. */
export function readingOf(
  { form, key }: Field,
  recordFormat: KeyOptions['recordFormat'],
): IntegerOptions['reading'] {
  if (form === 'unsigned32') return 'unsigned32';
  return recordFormat === 'Compatible' && CUT_BY_SERVER.has(key) ? 'signed32' : 'whole';
}
