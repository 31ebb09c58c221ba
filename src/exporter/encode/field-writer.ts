import type { Data } from 'apache-arrow';
import type { Field } from '../../deepflow/field.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ColumnTypeError } from './column-type-error.ts';

/** Which empty values stand in a record. */
export interface EmptyValues {
  /** Tags that are `""` or `[]` are written. */
  readonly tags: boolean;
  /** Metrics that are `0` or empty are written. */
  readonly metrics: boolean;
}

/** Writes one field of a record: bound to a column for each batch, then called for each row. */
export abstract class FieldWriter {
  readonly column: string;
  protected readonly keepEmpty: boolean;
  /** `,"key":` as bytes; a comma is always right, since each record starts with its data source. */
  readonly #prefix: Uint8Array;
  #nulls: Uint8Array | undefined = undefined;

  constructor(field: Field, empty: EmptyValues) {
    this.column = field.column;
    this.keepEmpty = field.category === 'tag' ? empty.tags : empty.metrics;
    this.#prefix = Buffer.from(`,${JSON.stringify(field.key)}:`);
  }

  /** @throws ColumnTypeError when the field cannot be written from such a column. */
  bind(data: Data): void {
    const nulls: unknown = data.nullBitmap;
    this.#nulls = nulls instanceof Uint8Array && nulls.length > 0 ? nulls : undefined;
    this.bindValues(data);
  }

  /** Writes the field of a row, or nothing when it is NULL or empty. */
  write(writer: ByteWriter, row: number): void {
    const nulls = this.#nulls;
    if (nulls !== undefined && ((nulls[row >> 3] ?? 0) & (1 << (row & 7))) === 0) return;
    if (this.isLeftOut(row)) return;
    writer.bytes(this.#prefix);
    this.writeValue(writer, row);
  }

  /** True when the row's value is not written though it is not NULL. */
  protected abstract isLeftOut(row: number): boolean;
  protected abstract bindValues(data: Data): void;
  protected abstract writeValue(writer: ByteWriter, row: number): void;

  protected typeError(data: Data, expected: string): ColumnTypeError {
    return new ColumnTypeError(this.column, data.type[Symbol.toStringTag], expected);
  }
}
