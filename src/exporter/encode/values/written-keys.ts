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
  /** Which empty values are written: `""` and `[]` of tags, `0` and `[]` of metrics. */
  readonly keepsEmpty: { readonly tags: boolean; readonly metrics: boolean };
  readonly translates: { readonly enums: boolean; readonly resources: boolean };
  /** True: ids are written in addition to names. */
  readonly keepsIds: boolean;
  /**
   * False: the types of workloads are not known, so their fields are left out. Absent: the types
   * are looked up.
   */
  readonly knowsWorkloads?: boolean;
  /**
   * The columns that the table has. Undefined: all columns. Fields of missing columns are left out.
   */
  readonly available?: ReadonlySet<string>;
}

/**
 * A key of a record and the kind of its value:
 * - `raw`: the column's value
 * - `code`: the name of a code
 * - `resource`: the name of a resource or of its type
 * - `workload`: the type of a workload, from a lookup
 * - `constant`: the same value in every record
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

/** The keys of a record's labels, which follow the fields. */
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
  // The server has no type for IPv6 fields, so it never reads them.
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

/** The server looks up the processes of events with the type 0, which has no names. */
function isNeverNamed({ name }: Field, { recordFormat, dataSource }: KeyOptions): boolean {
  return recordFormat === 'Compatible' && name === 'gprocess_id' && dataSource.startsWith('event.');
}

function emptyOf(field: Field, key: string, { keepsEmpty }: KeyOptions): readonly WrittenField[] {
  return keepsEmpty.tags ? [{ kind: 'constant', key, field, value: '' }] : [];
}

/** The zero that the server writes for a field that is in its struct but not in the table. */
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

/** Lengths of which the server reads only the lower 32 bits (server/libs/utils). */
const CUT_BY_SERVER: ReadonlySet<string> = new Set(['request_length', 'response_length']);

/** How the value of an integer is read: as a whole, or only its low 32 bits. */
export function readingOf(
  { form, key }: Field,
  recordFormat: KeyOptions['recordFormat'],
): IntegerOptions['reading'] {
  if (form === 'unsigned32') return 'unsigned32';
  return recordFormat === 'Compatible' && CUT_BY_SERVER.has(key) ? 'signed32' : 'whole';
}
