import { hasBothSides } from '../../deepflow/data-sources.ts';
import { enumNames } from '../../deepflow/enums.ts';
import type { Field } from '../../deepflow/fields.ts';
import type { Translation, UniversalTag } from '../../deepflow/universal-tags.ts';
import { unreachable } from '../../lib/assert.ts';
import { Column, type ColumnKind } from './columns.ts';
import type { FieldValue, NamingOptions } from './field-value.ts';
import { type NameTables, Snippet, snippet } from './name-tables.ts';
import {
  autoLookUp,
  CodeValue,
  deviceTypeNaming,
  enumNaming,
  IdValue,
  Ipv6Value,
  LabelsValue,
  type ResourceLookUp,
  ResourceValue,
  TextEnumValue,
} from './named-values.ts';
import {
  ConstantValue,
  IntegerValue,
  Ipv4Value,
  MacValue,
  TruncatedValue,
} from './number-values.ts';
import { FloatsValue, TextsValue, TextValue } from './text-values.ts';
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
  /** Number of the organisation. */
  readonly organization: number;
  /** Names of resources as they are now. */
  readonly tables: () => NameTables;
}

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
          : new CodeValue(key, { column, nameOf: enumNaming(written.names, naming) }, naming);
      }
      default:
        return unreachable(written);
    }
  }

  labels({ key, column: name, part }: WrittenLabels): FieldValue {
    const column = this.#columns.get(name, 'number');
    return new LabelsValue(key, { column, tables: this.#options.tables }, part);
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
        return new Ipv6Value(key, this.#columns.get(column, 'address'), this.#naming());
      case 'mac':
        return new MacValue(key, this.#columns.get(column, 'integer'));
      case 'string':
        return new TextValue(key, this.#columns.get(column, 'text'), keeps);
      case 'strings':
        // The server never counts an empty list of texts among metrics as empty.
        return new TextsValue(
          key,
          this.#columns.get(column, 'texts'),
          keeps || category === 'metric',
        );
      case 'floats':
        return new FloatsValue(key, this.#columns.get(column, 'floats'), keeps);
      case 'organization':
        return new ConstantValue(key, String(organization));
      default:
        return unreachable(form);
    }
  }

  #resource(field: Field, { translation, side, nameKey }: UniversalTag): FieldValue {
    const key = nameKey(field.key);
    const column = this.#columns.get(field.column, 'number');
    const naming = this.#naming();
    if (translation.kind === 'type') {
      return new CodeValue(key, { column, nameOf: deviceTypeNaming(naming) }, naming);
    }
    if (translation.kind === 'names') {
      return this.#idValue(key, column, ({ byId }) => byId[translation.dictionary]);
    }
    if (translation.kind === 'device') {
      return this.#idValue(key, column, ({ devices }) => devices.get(translation.type));
    }
    const others: Column[] = [];
    const lookUp = this.#lookUpOf(translation, { side, others });
    return this.#resourceValue(key, column, { others, lookUp });
  }

  #idValue(
    key: string,
    column: Column,
    namesIn: (tables: NameTables) => ReadonlyMap<number, Snippet> | undefined,
  ): FieldValue {
    const { tables } = this.#options;
    return new IdValue(key, { column, tables, namesIn }, this.#naming());
  }

  #resourceValue(
    key: string,
    column: Column,
    how: { readonly others: readonly Column[]; readonly lookUp: ResourceLookUp },
  ): FieldValue {
    const { tables } = this.#options;
    return new ResourceValue(
      key,
      { column, tables, ...how },
      {
        ...this.#naming(),
        keepsUnknown: false,
      },
    );
  }

  #lookUpOf(
    translation: Extract<Translation, { readonly kind: 'deviceOf' | 'auto' }>,
    place: { readonly side: 0 | 1; readonly others: Column[] },
  ): ResourceLookUp {
    switch (translation.kind) {
      case 'deviceOf': {
        const types = this.#sideColumn(translation.typeField, 'number', place.side);
        place.others.push(types);
        return ({ devices }) =>
          (id, row) =>
            devices.get(types.numbers[row] ?? 0)?.get(id);
      }
      case 'auto': {
        const types = this.#sideColumn(translation.typeField, 'number', place.side);
        const addresses = {
          isIpv4: this.#columns.get('is_ipv4', 'number'),
          ipv4: this.#sideColumn('ip4', 'number', place.side),
          ipv6: this.#sideColumn('ip6', 'address', place.side),
        };
        place.others.push(types, addresses.isIpv4, addresses.ipv4, addresses.ipv6);
        return autoLookUp(types, addresses);
      }
      default:
        return unreachable(translation);
    }
  }

  #sideColumn(name: string, kind: ColumnKind, side: 0 | 1): Column {
    const suffix = hasBothSides(this.#options.dataSource) ? `_${side}` : '';
    return this.#columns.get(`${name}${suffix}`, kind);
  }

  /** The type of a workload is not stored: it is looked up by the workload's id; 0 stands for none. */
  #workloadType(field: Field): FieldValue {
    const names = enumNames('pod_group_type');
    const translates = this.#options.translates.enums;
    const known = new Map<number, Snippet | undefined>();
    const textOf = (type: number): Snippet | undefined => {
      if (!translates) return new Snippet(Buffer.from(String(type)));
      const name = names.get(String(type)) ?? (this.#isDocumented ? String(type) : undefined);
      return name === undefined ? undefined : snippet(name);
    };
    const lookUp: ResourceLookUp =
      ({ workloadTypes }) =>
      (id) => {
        const type = workloadTypes.get(id) ?? 0;
        if (!known.has(type)) known.set(type, textOf(type));
        return known.get(type);
      };
    const column = this.#columns.get(field.column, 'number');
    return this.#resourceValue(field.key, column, { others: [], lookUp });
  }
}
