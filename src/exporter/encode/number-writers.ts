import type { Data } from 'apache-arrow';
import type { Field } from '../../deepflow/field.ts';
import type { ByteWriter } from './byte-writer.ts';
import { type EmptyValues, FieldWriter } from './field-writer.ts';
import { IntegerColumn } from './integer-column.ts';

/** Writes integers and times exactly, up to 64 bits. */
export class IntegerWriter extends FieldWriter {
  readonly #values = new IntegerColumn();
  readonly #dropsZero: boolean;

  constructor(field: Field, empty: EmptyValues) {
    super(field, empty);
    this.#dropsZero = field.category === 'metric' && !empty.metrics;
  }

  protected override bindValues(data: Data): void {
    this.#values.bind(data, this.column);
  }

  protected override isLeftOut(row: number): boolean {
    return this.#dropsZero && this.#values.isZero(row);
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    const { narrow, halves, signed } = this.#values;
    if (narrow !== undefined) {
      writer.integer(narrow[row] ?? 0);
      return;
    }
    const low = halves[2 * row] ?? 0;
    const high = halves[2 * row + 1] ?? 0;
    if (signed) writer.int64(high, low);
    else writer.uint64(high, low);
  }
}

/** Writes as unsigned what ClickHouse stores as Int32 (`process_id_0`, `process_id_1`). */
export class Unsigned32Writer extends FieldWriter {
  readonly #values = new IntegerColumn();

  protected override bindValues(data: Data): void {
    this.#values.bind(data, this.column);
    if (this.#values.narrow === undefined) throw this.typeError(data, 'an integer of 32 bits');
  }

  protected override isLeftOut(): boolean {
    return false;
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    writer.integer((this.#values.narrow?.[row] ?? 0) >>> 0);
  }
}

/**
 * Writes as an integer what is one in DeepFlow's memory and a Float64 in ClickHouse. NaN and infinities,
 * which JSON cannot hold, are left out.
 */
export class TruncatedWriter extends FieldWriter {
  #values: Float64Array = new Float64Array(0);
  readonly #dropsZero: boolean;

  constructor(field: Field, empty: EmptyValues) {
    super(field, empty);
    this.#dropsZero = field.category === 'metric' && !empty.metrics;
  }

  protected override bindValues(data: Data): void {
    const values: unknown = data.values;
    if (!(values instanceof Float64Array)) throw this.typeError(data, 'Float64');
    this.#values = values;
  }

  protected override isLeftOut(row: number): boolean {
    const value = this.#values[row] ?? 0;
    return !Number.isFinite(value) || (this.#dropsZero && value === 0);
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    // Adding 0 turns -0, which an integer cannot be, into 0.
    writer.float(Math.trunc(this.#values[row] ?? 0) + 0);
  }
}

/** Writes the number of the organisation, which is no column but a part of the database's name. */
export class ConstantWriter extends FieldWriter {
  readonly #value: number;

  constructor(field: Field, empty: EmptyValues, value: number) {
    super(field, empty);
    this.#value = value;
  }

  protected override bindValues(): void {
    // A constant has no column.
  }

  protected override isLeftOut(): boolean {
    return false;
  }

  protected override writeValue(writer: ByteWriter): void {
    writer.integer(this.#value);
  }
}
