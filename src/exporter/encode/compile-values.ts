import type { DataSource } from '../../deepflow/data-sources.ts';
import { hasBothSides } from '../../deepflow/data-sources.ts';
import { enumNames } from '../../deepflow/enums.ts';
import type { Selection } from '../../deepflow/export-fields.ts';
import type { Field } from '../../deepflow/fields.ts';
import { type UniversalTag, universalTagOf } from '../../deepflow/universal-tags.ts';
import { unreachable } from '../../lib/assert.ts';
import { Column, type ColumnKind } from './columns.ts';
import type { FieldValue, NamingOptions } from './field-value.ts';
import { NO_NAMES } from './name-tables.ts';
import {
  type AddressColumns,
  deviceTypeNaming,
  enumNaming,
  type Name,
  NamedValue,
  type Naming,
  resourceNaming,
  TextEnumValue,
} from './named-values.ts';
import {
  ConstantValue,
  type IntegerOptions,
  IntegerValue,
  Ipv4Value,
  MacValue,
  TruncatedValue,
} from './number-values.ts';
import { FloatsValue, Ipv6Value, TextsValue, TextValue } from './text-values.ts';

/** What decides how the fields of a data source's records are written. */
export interface ValueOptions {
  readonly dataSource: DataSource;
  readonly selection: Selection;
  readonly recordFormat: 'Documented' | 'Compatible';
  /** Number of the organisation. */
  readonly organization: number;
  /** Which empty values stand in a record: `""` and `[]` of tags, `0` and `[]` of metrics. */
  readonly keepsEmpty: { readonly tags: boolean; readonly metrics: boolean };
  readonly translates: { readonly enums: boolean; readonly resources: boolean };
  /** True: ids stand beside names. */
  readonly keepsIds: boolean;
  /** Columns that the table has; undefined: all of them. Fields of others are left out. */
  readonly available?: ReadonlySet<string>;
}

/** Lengths of which the server reads the lower 32 bits alone (server/libs/utils). */
const CUT_BY_SERVER: ReadonlySet<string> = new Set(['request_length', 'response_length']);

/** Columns of which several fields of a record are read are bound once. */
class Columns {
  readonly #byKey = new Map<string, Column>();

  get(name: string, kind: ColumnKind): Column {
    const key = `${kind} ${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const column = new Column(name, kind);
    this.#byKey.set(key, column);
    return column;
  }
}

/** Compiles the values of a record, in the order in which they are written. */
export function compileValues(options: ValueOptions): readonly FieldValue[] {
  const compiler = new ValueCompiler(options);
  return [
    ...options.selection.fields.flatMap((field) => compiler.valuesOf(field)),
    ...compiler.labels(),
  ];
}

/** Labels of pods by the pods' ids; most pods that a record names have none that are selected. */
function labelNaming(part: 'names' | 'values'): Naming {
  return ({ labels }) =>
    (id) => ({ json: labels.get(id)?.[part], fault: undefined });
}

class ValueCompiler {
  readonly #options: ValueOptions;
  readonly #columns = new Columns();
  readonly #isDocumented: boolean;

  constructor(options: ValueOptions) {
    this.#options = options;
    this.#isDocumented = options.recordFormat === 'Documented';
  }

  valuesOf(field: Field): readonly FieldValue[] {
    if (field.form !== 'organization' && !this.#isReadable(field)) {
      return this.#isDocumented ? [] : this.#zeroOf(field);
    }
    // The server has no type for them, so it never reads them.
    if (field.form === 'ipv6' && !this.#isDocumented) return [];
    const universalTag = universalTagOf(field.name);
    if (universalTag !== undefined && this.#options.translates.resources) {
      const named = this.#resource(field, universalTag);
      const isId = universalTag.nameKey(field.key) !== field.key;
      return this.#options.keepsIds && isId ? [this.#raw(field), named] : [named];
    }
    if (field.form === 'workload_type') return [this.#workloadType(field)];
    if (field.enum === undefined || !this.#options.translates.enums) return [this.#raw(field)];
    const column = this.#column(field);
    const naming = this.#naming();
    return [
      field.form === 'string'
        ? new TextEnumValue(field.key, { column, names: field.enum }, naming)
        : new NamedValue(field.key, { column, naming: enumNaming(field.enum, naming) }),
    ];
  }

  labels(): readonly FieldValue[] {
    const { dataSource, selection } = this.#options;
    if (selection.labels === undefined) return [];
    const sides = hasBothSides(dataSource) ? ['_0', '_1'] : [''];
    return sides.flatMap((side) => {
      if (!this.#has(`pod_id${side}`)) return [];
      const column = this.#columns.get(`pod_id${side}`, 'number');
      return (['names', 'values'] as const).map(
        (part) => new NamedValue(`k8s_label_${part}${side}`, { column, naming: labelNaming(part) }),
      );
    });
  }

  #has(column: string): boolean {
    return this.#options.available?.has(column) ?? true;
  }

  #isReadable(field: Field): boolean {
    return field.isStored && this.#has(field.column);
  }

  #naming(): NamingOptions {
    return { keepsEmpty: this.#options.keepsEmpty.tags, keepsUnknown: this.#isDocumented };
  }

  #column(field: Field): Column {
    if (field.form === 'string') return this.#columns.get(field.column, 'text');
    return this.#columns.get(field.column, 'number');
  }

  #raw(field: Field): FieldValue {
    const { keepsEmpty, organization } = this.#options;
    const { key, column, category, form } = field;
    const dropsZero = category === 'metric' && !keepsEmpty.metrics;
    const keeps = category === 'metric' ? keepsEmpty.metrics : keepsEmpty.tags;
    switch (form) {
      case 'uint':
      case 'int':
      case 'micros':
      case 'seconds':
      case 'workload_type':
      case 'unsigned32':
        return new IntegerValue(key, this.#columns.get(column, 'integer'), {
          dropsZero,
          reading: this.#readingOf(field),
        });
      case 'truncated':
        return new TruncatedValue(key, this.#columns.get(column, 'float'), dropsZero);
      case 'ipv4':
        return new Ipv4Value(key, this.#columns.get(column, 'number'));
      case 'ipv6':
        return new Ipv6Value(key, this.#columns.get(column, 'address'), keepsEmpty.tags);
      case 'mac':
        return new MacValue(key, this.#columns.get(column, 'integer'));
      case 'string':
        return new TextValue(key, this.#columns.get(column, 'text'), keeps);
      case 'strings':
        // The server never counts an empty list of texts among metrics as empty.
        return new TextsValue(key, this.#list(field, 'texts'), keeps || category === 'metric');
      case 'floats':
        return new FloatsValue(key, this.#list(field, 'floats'), keeps);
      case 'organization':
        return new ConstantValue(key, String(organization));
      default:
        return unreachable(form);
    }
  }

  /** A list, and the one of its names if it has one that is exported as well. */
  #list({ column }: Field, kind: 'texts' | 'floats'): ConstructorParameters<typeof TextsValue>[1] {
    const names = column.replace(/_values$/, '_names');
    const isExported = this.#options.selection.fields.some((field) => field.column === names);
    return {
      column: this.#columns.get(column, kind),
      names: names !== column && isExported ? this.#columns.get(names, 'texts') : undefined,
    };
  }

  #readingOf({ form, key }: Field): IntegerOptions['reading'] {
    if (form === 'unsigned32') return 'unsigned32';
    return !this.#isDocumented && CUT_BY_SERVER.has(key) ? 'signed32' : 'whole';
  }

  #resource(field: Field, { translation, side, nameKey }: UniversalTag): FieldValue {
    const key = nameKey(field.key);
    const column = this.#columns.get(field.column, 'number');
    const naming = this.#naming();
    if (translation.kind === 'type') {
      return new NamedValue(key, { column, naming: deviceTypeNaming(naming) });
    }
    const named = (namesIn: Parameters<typeof resourceNaming>[0]): FieldValue =>
      new NamedValue(key, { column, naming: resourceNaming(namesIn, naming) });
    // The server looks events' processes up under the number 0, which has no name.
    if (!this.#isDocumented && field.name === 'gprocess_id' && this.#isEvent()) {
      return named(() => () => undefined);
    }
    if (translation.kind === 'names') {
      const { dictionary } = translation;
      return named(
        ({ byId }) =>
          (id) =>
            byId[dictionary].get(id),
      );
    }
    if (translation.kind === 'device') {
      const { type } = translation;
      return named(
        ({ devices }) =>
          (id) =>
            devices.get(type)?.get(id),
      );
    }
    return new NamedValue(key, {
      column,
      types: this.#sideColumn(translation.typeField, 'number', side),
      addresses: translation.kind === 'auto' ? this.#addresses(side) : undefined,
      naming: resourceNaming(
        ({ devices }) =>
          (id, type) =>
            devices.get(type)?.get(id),
        naming,
      ),
    });
  }

  #addresses(side: 0 | 1): AddressColumns {
    return {
      isIpv4: this.#columns.get('is_ipv4', 'number'),
      ipv4: this.#sideColumn('ip4', 'number', side),
      ipv6: this.#sideColumn('ip6', 'address', side),
    };
  }

  #sideColumn(name: string, kind: ColumnKind, side: 0 | 1): Column {
    const suffix = hasBothSides(this.#options.dataSource) ? `_${side}` : '';
    return this.#columns.get(`${name}${suffix}`, kind);
  }

  /** The type of a workload is not stored: it is looked up by the workload's id; 0 stands for none. */
  #workloadType(field: Field): FieldValue {
    const column = this.#columns.get(field.column, 'number');
    const options = this.#naming();
    const nameOf = this.#options.translates.enums
      ? enumNaming('pod_group_type', options)(NO_NAMES)
      : (type: number): Name => ({ json: Buffer.from(String(type)), fault: undefined });
    return new NamedValue(field.key, {
      column,
      naming:
        ({ workloadTypes }) =>
        (id) =>
          nameOf(workloadTypes.get(id) ?? 0, 0),
    });
  }

  #isEvent(): boolean {
    return this.#options.dataSource.startsWith('event.');
  }

  /** What the server writes for a field that its struct has and the table has not: a zero. */
  #zeroOf(field: Field): readonly FieldValue[] {
    const { keepsEmpty, translates } = this.#options;
    if (field.form === 'string' || field.form === 'strings') {
      return keepsEmpty.tags ? [new ConstantValue(field.key, '""')] : [];
    }
    if (field.enum !== undefined && translates.enums) {
      const name = enumNames(field.enum).get('0') ?? '';
      return name !== '' || keepsEmpty.tags
        ? [new ConstantValue(field.key, JSON.stringify(name))]
        : [];
    }
    const isDropped = field.category === 'metric' && !keepsEmpty.metrics;
    return isDropped ? [] : [new ConstantValue(field.key, '0')];
  }
}
