import { type Data, DataType, type RecordBatch } from 'apache-arrow';
import { byteSource } from '../bytes/byte-writer.ts';
import { ColumnTypeError } from './column-type-error.ts';
import {
  elementsOf,
  pickBits,
  pickFixed,
  pickHalves,
  pickNumbers,
  pickOffsets,
  pickTexts,
} from './pick-rows.ts';
import type { TextColumn } from './text-column.ts';

const ADDRESS_BYTES = 16;
const NO_OFFSETS = new Int32Array(1);
const NO_TEXT: TextColumn = { ...byteSource(new Uint8Array(0)), offsets: NO_OFFSETS };

/** The kind of values that a field reads from a column. */
export type ColumnKind = 'number' | 'integer' | 'float' | 'text' | 'texts' | 'floats' | 'address';

/**
 * One column of a batch, converted to the one form that its reader needs, whatever the width of its
 * integers. Loops over mixed array types are several times slower than a copy into one type.
 */
export class Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Bit `row` is 0 when the value is NULL. Undefined: no value is NULL. */
  nulls: Uint8Array | undefined = undefined;
  /**
   * Integers of up to 32 bits, floats, and the elements of `floats`. Valid until the next `bind`.
   */
  numbers: Float64Array = new Float64Array(0);
  /** 64-bit integers as halves: low at `2 * row`, high at `2 * row + 1` (Arrow is little endian). */
  halves: Uint32Array = new Uint32Array(0);
  /**
   * True when an `integer` column has 64-bit integers, which are in `halves`. False: the values are
   * in `numbers`.
   */
  isWide = false;
  /** True when 64-bit integers are two's complement. */
  isSigned = false;
  /** Texts, the elements of `texts`, or addresses of 16 bytes each. */
  text: TextColumn = NO_TEXT;
  /** List `row` has the elements `offsets[row]..offsets[row + 1]`. */
  offsets: Int32Array = NO_OFFSETS;
  /** Reused for the next batch: new memory for each batch costs more than filling it. */
  #widened = new Float64Array(0);

  constructor(name: string, kind: ColumnKind) {
    this.name = name;
    this.kind = kind;
  }

  /** True where the value is NULL. */
  isNull(row: number): boolean {
    return this.nulls !== undefined && ((this.nulls[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
  }

  /**
   * Binds the column of a batch, or `rows` of the batch in this order.
   *
   * @throws ColumnTypeError when the column is missing or has another type.
   */
  bind(batch: RecordBatch, rows?: Int32Array): void {
    const data: Data | undefined = batch.getChild(this.name)?.data[0];
    if (data === undefined) throw new ColumnTypeError(this.name, 'absent', 'in the result');
    const nulls: unknown = data.nullBitmap;
    this.nulls = nulls instanceof Uint8Array && nulls.length > 0 ? nulls : undefined;
    if (data.dictionary !== undefined || !this.#take(data)) {
      throw new ColumnTypeError(this.name, data.type[Symbol.toStringTag], EXPECTED[this.kind]);
    }
    if (rows !== undefined) this.#pick(rows);
  }

  #pick(rows: Int32Array): void {
    this.nulls = pickBits(this.nulls, rows);
    switch (this.kind) {
      case 'number':
      case 'float':
        this.numbers = pickNumbers(this.numbers, rows);
        break;
      case 'integer':
        if (this.isWide) this.halves = pickHalves(this.halves, rows);
        else this.numbers = pickNumbers(this.numbers, rows);
        break;
      case 'text':
        this.text = pickTexts(this.text, rows);
        break;
      case 'texts':
        this.text = pickTexts(this.text, elementsOf(this.offsets, rows));
        this.offsets = pickOffsets(this.offsets, rows);
        break;
      case 'floats':
        this.numbers = pickNumbers(this.numbers, elementsOf(this.offsets, rows));
        this.offsets = pickOffsets(this.offsets, rows);
        break;
      case 'address': {
        const addresses = pickFixed(this.text.bytes, ADDRESS_BYTES, rows);
        this.text = { ...byteSource(addresses), offsets: NO_OFFSETS };
        break;
      }
    }
  }

  #take(data: Data): boolean {
    switch (this.kind) {
      case 'number':
        return this.#takeNumbers(data);
      case 'float':
        return this.#takeFloats(data);
      case 'integer':
        return this.#takeIntegers(data);
      case 'text':
        return this.#takeText(data);
      case 'texts':
        return this.#takeList(data, (child) => this.#takeText(child));
      case 'floats':
        return this.#takeList(data, (child) => this.#takeFloats(child));
      case 'address':
        return this.#takeAddresses(data);
    }
  }

  #takeNumbers(data: Data): boolean {
    const values: unknown = data.values;
    const isNarrow =
      values instanceof Uint8Array ||
      values instanceof Uint16Array ||
      values instanceof Uint32Array ||
      values instanceof Int8Array ||
      values instanceof Int16Array ||
      values instanceof Int32Array;
    // Texts, addresses and decimals are typed arrays as well, but not numbers.
    const isNumber = DataType.isInt(data.type) || DataType.isFloat(data.type);
    if (!isNarrow || !isNumber || values.length < data.length) return false;
    if (this.#widened.length < values.length) this.#widened = new Float64Array(values.length);
    this.#widened.set(values);
    this.numbers = this.#widened;
    return true;
  }

  #takeFloats(data: Data): boolean {
    const values: unknown = data.values;
    if (!(values instanceof Float64Array)) return this.#takeNumbers(data);
    this.numbers = values;
    return true;
  }

  #takeIntegers(data: Data): boolean {
    const values: unknown = data.values;
    this.isWide = values instanceof BigUint64Array || values instanceof BigInt64Array;
    if (!(values instanceof BigUint64Array || values instanceof BigInt64Array)) {
      return this.#takeNumbers(data);
    }
    this.halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
    this.isSigned = values instanceof BigInt64Array;
    return true;
  }

  #takeText(data: Data): boolean {
    const bytes: unknown = data.values;
    const offsets: unknown = data.valueOffsets;
    if (!(bytes instanceof Uint8Array) || !(offsets instanceof Int32Array)) return false;
    this.text = { ...byteSource(bytes), offsets };
    return true;
  }

  #takeList(data: Data, takeChild: (child: Data) => boolean): boolean {
    const offsets: unknown = data.valueOffsets;
    const [child] = data.children;
    if (!(offsets instanceof Int32Array) || child === undefined) return false;
    this.offsets = offsets;
    return takeChild(child);
  }

  #takeAddresses(data: Data): boolean {
    const bytes: unknown = data.values;
    if (!(bytes instanceof Uint8Array) || bytes.length < data.length * ADDRESS_BYTES) return false;
    this.text = { ...byteSource(bytes), offsets: NO_OFFSETS };
    return true;
  }
}

const EXPECTED: Readonly<Record<ColumnKind, string>> = {
  number: 'an integer of up to 32 bits',
  float: 'a number',
  integer: 'an integer or a time',
  text: 'text',
  texts: 'a list of texts',
  floats: 'a list of numbers',
  address: 'an IPv6 address',
};
