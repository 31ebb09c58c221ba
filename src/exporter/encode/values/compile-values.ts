import { hasBothSides } from '../../../deepflow/data-sources.ts';
import type { Field } from '../../../deepflow/fields/fields.ts';
import type { UniversalTag } from '../../../deepflow/names/universal-tags.ts';
import { unreachable } from '../../../lib/assert.ts';
import { Column, type ColumnKind } from '../columns/columns.ts';
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
  IntegerValue,
  Ipv4Value,
  MacValue,
  TruncatedValue,
} from './number-values.ts';
import { FloatsValue, Ipv6Value, TextsValue, TextValue } from './text-values.ts';
import {
  type KeyOptions,
  readingOf,
  type WrittenField,
  writtenFields,
  type WrittenLabels,
  writtenLabels,
} from './written-keys.ts';

/** What decides how the fields of a data source's records are written. */
export interface ValueOptions extends KeyOptions {
  /** The number of the organisation. */
  readonly organization: number;
}

/** Keeps the columns, so that a column from which several fields are read is bound only once. */
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
    ...writtenFields(options).map((written) => compiler.valueOf(written)),
    ...writtenLabels(options).map((written) => compiler.labels(written)),
  ];
}

class ValueCompiler {
  readonly #options: ValueOptions;
  readonly #columns = new Columns();
  readonly #isDocumented: boolean;

  constructor(options: ValueOptions) {
    this.#options = options;
    this.#isDocumented = options.recordFormat === 'Documented';
  }

  valueOf(written: WrittenField): FieldValue {
    const { key, field } = written;
    switch (written.kind) {
      case 'raw':
        return this.#raw(field);
      case 'resource':
        return this.#resource(field, written.tag);
      case 'workload':
        return this.#workloadType(field);
      case 'constant':
        return new ConstantValue(key, JSON.stringify(written.value));
      case 'code': {
        const column = this.#column(field);
        const naming = this.#naming();
        return field.form === 'string'
          ? new TextEnumValue(key, { column, names: written.names }, naming)
          : new NamedValue(key, { column, naming: enumNaming(written.names, naming) });
      }
      default:
        return unreachable(written);
    }
  }

  labels({ key, column: name, part }: WrittenLabels): FieldValue {
    const column = this.#columns.get(name, 'number');
    return new NamedValue(key, { column, naming: labelNaming(part) });
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
          reading: readingOf(field, this.#options.recordFormat),
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
        // The server never treats an empty list of texts in a metric as empty.
        return new TextsValue(key, this.#list(field, 'texts'), keeps || category === 'metric');
      case 'floats':
        return new FloatsValue(key, this.#list(field, 'floats'), keeps);
      case 'organization':
        return new ConstantValue(key, String(organization));
      default:
        return unreachable(form);
    }
  }

  /** A list, and the list of its names if there is one and it is exported as well. */
  #list({ column }: Field, kind: 'texts' | 'floats'): ConstructorParameters<typeof TextsValue>[1] {
    const names = column.replace(/_values$/, '_names');
    const isExported = this.#options.selection.fields.some((field) => field.column === names);
    return {
      column: this.#columns.get(column, kind),
      names: names !== column && isExported ? this.#columns.get(names, 'texts') : undefined,
    };
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

  /**
   * The type of a workload is not stored. It is looked up by the workload's id. Id 0 means no
   * workload.
   */
  #workloadType(field: Field): FieldValue {
    const column = this.#columns.get(field.column, 'number');
    const nameOf = this.#options.translates.enums
      ? enumNaming('pod_group_type', this.#naming())(NO_NAMES)
      : (type: number): Name => ({ json: Buffer.from(String(type)), fault: undefined });
    return new NamedValue(field.key, {
      column,
      naming:
        ({ workloadTypes }) =>
        (id) =>
          nameOf(workloadTypes.get(id) ?? 0, 0),
    });
  }
}

/** The labels of pods by the pods' ids. Most pods in records have no selected labels. */
function labelNaming(part: 'names' | 'values'): Naming {
  return ({ labels }) =>
    (id) => ({ json: labels.get(id)?.[part], fault: undefined });
}
