import type { Cells } from './cells.ts';
import type { Column } from '../columns/columns.ts';
import { FieldValue } from './field-value.ts';

/** The most bytes of an integer or an address, with quotes. */
const FIXED_BYTES_MAX = 24;

/** How an integer is written. */
export interface IntegerOptions {
  readonly dropsZero: boolean;
  /**
   * How the column's value is read: as a whole, or only its low 32 bits as an unsigned or signed
   * integer.
   */
  readonly reading: 'whole' | 'unsigned32' | 'signed32';
}

/** An integer of up to 64 bits, or a time as an integer. */
export class IntegerValue extends FieldValue {
  readonly #column: Column;
  readonly #options: IntegerOptions;

  constructor(key: string, column: Column, options: IntegerOptions) {
    super(key, [column]);
    this.#column = column;
    this.#options = options;
  }

  override fill(cells: Cells, slot: number): void {
    cells.reserve(cells.rows * FIXED_BYTES_MAX);
    if (!this.#column.isWide) this.#fillNarrow(cells, slot);
    else if (this.#options.reading === 'whole') this.#fillWide(cells, slot);
    else this.#fillLow(cells, slot);
  }

  #fillNarrow(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { numbers, nulls } = this.#column;
    const { dropsZero, reading } = this.#options;
    let last = Number.NaN;
    let start = 0;
    let length = 0;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      if (nulls !== undefined && this.#column.isNull(row)) {
        lengths[at] = 0;
        continue;
      }
      const value = numbers[row] ?? 0;
      // If the value equals that of the previous row, the cell is shared.
      if (value !== last) {
        last = value;
        start = cells.position;
        if (value === 0 && dropsZero) length = 0;
        else {
          if (reading === 'whole') cells.int(value);
          else writeLow(cells, value, reading);
          length = cells.position - start;
        }
      }
      starts[at] = start;
      lengths[at] = length;
    }
  }

  #fillWide(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { halves, nulls, isSigned } = this.#column;
    const { dropsZero } = this.#options;
    let lastLow = Number.NaN;
    let lastHigh = Number.NaN;
    let start = 0;
    let length = 0;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      if (nulls !== undefined && this.#column.isNull(row)) {
        lengths[at] = 0;
        continue;
      }
      const low = halves[2 * row] ?? 0;
      const high = halves[2 * row + 1] ?? 0;
      if (low !== lastLow || high !== lastHigh) {
        lastLow = low;
        lastHigh = high;
        start = cells.position;
        if (low === 0 && high === 0 && dropsZero) length = 0;
        else {
          if (isSigned) cells.int64(high, low);
          else cells.uint64(high, low);
          length = cells.position - start;
        }
      }
      starts[at] = start;
      lengths[at] = length;
    }
  }

  /** The low 32 bits of 64-bit integers. */
  #fillLow(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { halves } = this.#column;
    const { dropsZero, reading } = this.#options;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      const low = halves[2 * row] ?? 0;
      starts[at] = cells.position;
      if (!this.#column.isNull(row) && !(low === 0 && dropsZero)) writeLow(cells, low, reading);
      lengths[at] = cells.position - (starts[at] ?? 0);
    }
  }
}

function writeLow(cells: Cells, value: number, reading: IntegerOptions['reading']): void {
  if (reading === 'unsigned32') cells.uint(value >>> 0);
  else cells.int(value | 0);
}

/**
 * An integer in DeepFlow's memory that ClickHouse stores as a Float64. NaN and infinities, which
 * JSON cannot represent, are left out.
 */
export class TruncatedValue extends FieldValue {
  readonly #column: Column;
  readonly #dropsZero: boolean;

  constructor(key: string, column: Column, dropsZero: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#dropsZero = dropsZero;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows, faults } = cells;
    const { numbers } = this.#column;
    cells.reserve(rows * FIXED_BYTES_MAX);
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      // Adding 0 converts -0 to 0, since an integer cannot be -0.
      const value = Math.trunc(numbers[row] ?? 0) + 0;
      starts[at] = cells.position;
      if (this.#column.isNull(row) || ((numbers[row] ?? 0) === 0 && this.#dropsZero)) {
        lengths[at] = 0;
        continue;
      }
      if (Number.isSafeInteger(value)) cells.int(value);
      else if (Number.isFinite(value)) {
        cells.float(value);
        cells.reserve(rows * FIXED_BYTES_MAX);
      } else faults.notFinite++;
      lengths[at] = cells.position - (starts[at] ?? 0);
    }
  }
}

/** An IPv4 address. `0.0.0.0` is written: DeepFlow never treats it as empty. */
export class Ipv4Value extends FieldValue {
  readonly #column: Column;

  constructor(key: string, column: Column) {
    super(key, [column]);
    this.#column = column;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { numbers } = this.#column;
    cells.reserve(rows * FIXED_BYTES_MAX);
    let last = Number.NaN;
    let start = 0;
    let length = 0;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      if (this.#column.isNull(row)) {
        lengths[at] = 0;
        continue;
      }
      const address = numbers[row] ?? 0;
      if (address !== last) {
        last = address;
        start = cells.position;
        cells.ipv4(address);
        length = cells.position - start;
      }
      starts[at] = start;
      lengths[at] = length;
    }
  }
}

/** The lower 48 bits of an integer as a MAC address. */
export class MacValue extends FieldValue {
  readonly #column: Column;

  constructor(key: string, column: Column) {
    super(key, [column]);
    this.#column = column;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { halves } = this.#column;
    cells.reserve(rows * FIXED_BYTES_MAX);
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      starts[at] = cells.position;
      if (!this.#column.isNull(row)) cells.mac(halves[2 * row + 1] ?? 0, halves[2 * row] ?? 0);
      lengths[at] = cells.position - (starts[at] ?? 0);
    }
  }
}

/** A value that is the same in every record. */
export class ConstantValue extends FieldValue {
  readonly #json: Buffer;

  constructor(key: string, json: string) {
    super(key, []);
    this.#json = Buffer.from(json);
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, rows } = cells;
    const { start, length } = cells.shareOrWrite(this.#json);
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      starts[at] = start;
      lengths[at] = length;
    }
  }
}
