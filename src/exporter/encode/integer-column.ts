import type { Data } from 'apache-arrow';
import { ColumnTypeError } from './column-type-error.ts';

type Narrow = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

/**
 * Integers of one Arrow column. 64-bit ones are seen as pairs of unsigned 32-bit halves, little endian
 * as Arrow prescribes, so that no BigInt is allocated for a row.
 */
export class IntegerColumn {
  /** Values of up to 32 bits, or undefined. */
  narrow: Narrow | undefined = undefined;
  /** Halves of 64-bit values: low at `2 * row`, high at `2 * row + 1`. */
  halves: Uint32Array = new Uint32Array(0);
  /** True when 64-bit values are two's complement. */
  signed = false;

  /** @throws ColumnTypeError when the column holds no integers. */
  bind(data: Data, column: string): void {
    const values: unknown = data.values;
    this.narrow = undefined;
    // The values of a dictionary-encoded column are indexes, not the column's integers.
    if (data.dictionary !== undefined) throw typeError(data, column);
    if (
      values instanceof Uint8Array ||
      values instanceof Uint16Array ||
      values instanceof Uint32Array ||
      values instanceof Int8Array ||
      values instanceof Int16Array ||
      values instanceof Int32Array
    ) {
      this.narrow = values;
    } else if (values instanceof BigUint64Array || values instanceof BigInt64Array) {
      this.halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
      this.signed = values instanceof BigInt64Array;
    } else {
      throw typeError(data, column);
    }
  }

  /** True when the row's value is 0. */
  isZero(row: number): boolean {
    if (this.narrow !== undefined) return this.narrow[row] === 0;
    return this.halves[2 * row] === 0 && this.halves[2 * row + 1] === 0;
  }
}

function typeError(data: Data, column: string): ColumnTypeError {
  return new ColumnTypeError(column, data.type[Symbol.toStringTag], 'an integer or a time');
}
