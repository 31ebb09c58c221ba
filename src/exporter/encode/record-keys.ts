import type { RecordBatch } from 'apache-arrow';
import type { Field } from '../../deepflow/fields/fields.ts';
import { universalTagOf } from '../../deepflow/names/universal-tags.ts';
import { Cells } from './values/cells.ts';
import { Column, type ColumnKind } from './columns/columns.ts';
import type { FieldValue } from './values/field-value.ts';
import { IntegerValue, Ipv4Value, MacValue, TruncatedValue } from './values/number-values.ts';
import { Ipv6Value } from './values/text-values.ts';
import { type KeyOptions, readingOf } from './values/written-keys.ts';

/** The keys of records: the values of one field as text, untranslated. */
export interface RecordKeys {
  readonly column: string;
  /** Binds the column of a batch, or `rows` of the batch in this order. @throws ColumnTypeError */
  bind(batch: RecordBatch, rows?: Int32Array): void;
  /**
   * The row's key, valid until the next call. Undefined: the field is empty or absent, or its value
   * means "none".
   */
  of(row: number): Uint8Array | undefined;
}

/** Compiles the keys from the values of a field. */
export function compileKeys(field: Field, recordFormat: KeyOptions['recordFormat']): RecordKeys {
  const columnOf = (kind: ColumnKind): Column => new Column(field.column, kind);
  const integerKeys = (none: string | undefined): RecordKeys => {
    const column = columnOf('integer');
    const options = { dropsZero: false, reading: readingOf(field, recordFormat) };
    return new WrittenKeys(column, new IntegerValue(field.key, column, options), {
      isQuoted: false,
      none,
    });
  };
  switch (field.form) {
    case 'string':
      return new TextKeys(columnOf('text'));
    case 'ipv4': {
      const column = columnOf('number');
      const value = new Ipv4Value(field.key, column);
      return new WrittenKeys(column, value, { isQuoted: true, none: '0.0.0.0' });
    }
    case 'ipv6': {
      const column = columnOf('address');
      const value = new Ipv6Value(field.key, column, false);
      return new WrittenKeys(column, value, { isQuoted: true, none: undefined });
    }
    case 'mac': {
      const column = columnOf('integer');
      const value = new MacValue(field.key, column);
      return new WrittenKeys(column, value, { isQuoted: true, none: '00:00:00:00:00:00' });
    }
    case 'truncated': {
      const column = columnOf('float');
      const value = new TruncatedValue(field.key, column, false);
      return new WrittenKeys(column, value, { isQuoted: false, none: undefined });
    }
    case 'uint':
    case 'int':
    case 'unsigned32':
    case 'seconds':
    case 'micros':
      return integerKeys(isResourceId(field) ? '0' : undefined);
    case 'strings':
    case 'floats':
    case 'workload_type':
    case 'organization':
      throw new Error(`the field ${field.name} cannot be used as a key`);
  }
}

/** For ids of resources, 0 means no resource. */
function isResourceId({ name }: Field): boolean {
  const tag = universalTagOf(name);
  return tag !== undefined && tag.translation.kind !== 'type';
}

/** Texts as they are stored. */
class TextKeys implements RecordKeys {
  readonly #column: Column;

  constructor(column: Column) {
    this.#column = column;
  }

  get column(): string {
    return this.#column.name;
  }

  bind(batch: RecordBatch, rows?: Int32Array): void {
    this.#column.bind(batch, rows);
  }

  of(row: number): Uint8Array | undefined {
    const { bytes, offsets } = this.#column.text;
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    return start === end || this.#column.isNull(row) ? undefined : bytes.subarray(start, end);
  }
}

const QUOTE_BYTES = 1;

/** Numbers and addresses, written as in a record and without the quotes. */
class WrittenKeys implements RecordKeys {
  readonly #column: Column;
  readonly #value: FieldValue;
  readonly #quotes: number;
  readonly #none: Buffer | undefined;
  readonly #cells = new Cells(1);
  #rows = 0;

  /** @param form `none`: the text that means "none". */
  constructor(
    column: Column,
    value: FieldValue,
    form: { readonly isQuoted: boolean; readonly none: string | undefined },
  ) {
    this.#column = column;
    this.#value = value;
    this.#quotes = form.isQuoted ? QUOTE_BYTES : 0;
    this.#none = form.none === undefined ? undefined : Buffer.from(form.none);
  }

  get column(): string {
    return this.#column.name;
  }

  bind(batch: RecordBatch, rows?: Int32Array): void {
    this.#column.bind(batch, rows);
    this.#rows = rows?.length ?? batch.numRows;
    this.#cells.rows = 0;
  }

  of(row: number): Uint8Array | undefined {
    const cells = this.#cells;
    if (row < cells.firstRow || row >= cells.firstRow + cells.rows) {
      cells.begin(row, this.#rows);
      this.#value.fill(cells, 0);
    }
    const length = cells.lengths[row - cells.firstRow] ?? 0;
    if (length === 0) return undefined;
    const start = cells.starts[row - cells.firstRow] ?? 0;
    const key = cells.buffer.subarray(start + this.#quotes, start + length - this.#quotes);
    return this.#none?.equals(key) === true ? undefined : key;
  }
}
