import type { ByteWriter } from './byte-writer.ts';
import type { Column } from './columns.ts';
import { WrittenValue } from './field-value.ts';

/** How an integer is written. */
export interface IntegerOptions {
  readonly dropsZero: boolean;
  /** What is done to the column's value: nothing, or the low 32 bits taken as unsigned or as signed. */
  readonly reading: 'whole' | 'unsigned32' | 'signed32';
}

/** An integer of up to 64 bits, or a time as one. */
export class IntegerValue extends WrittenValue {
  readonly #column: Column;
  readonly #dropsZero: boolean;
  readonly #reading: IntegerOptions['reading'];
  #isWide = false;
  #isSigned = false;
  #numbers: Float64Array = new Float64Array(0);
  #halves: Uint32Array = new Uint32Array(0);

  constructor(key: string, column: Column, options: IntegerOptions) {
    super(key, [column]);
    this.#column = column;
    this.#dropsZero = options.dropsZero;
    this.#reading = options.reading;
  }

  override bind(): void {
    this.#isWide = this.#column.isWide;
    this.#isSigned = this.#column.isSigned;
    this.#numbers = this.#column.numbers;
    this.#halves = this.#column.halves;
  }

  override isAbsent(row: number): boolean {
    return (this.#dropsZero && this.#isZero(row)) || this.#column.isNull(row);
  }

  #isZero(row: number): boolean {
    if (!this.#isWide) return this.#numbers[row] === 0;
    const isLowZero = this.#halves[2 * row] === 0;
    return isLowZero && (this.#reading !== 'whole' || this.#halves[2 * row + 1] === 0);
  }

  override isSame(row: number, other: number): boolean {
    if (!this.#isWide) return this.#numbers[row] === this.#numbers[other];
    const halves = this.#halves;
    return halves[2 * row] === halves[2 * other] && halves[2 * row + 1] === halves[2 * other + 1];
  }

  override write(writer: ByteWriter, row: number): void {
    if (this.#reading !== 'whole') {
      this.#writeLow(writer, row);
    } else if (!this.#isWide) {
      writer.int(this.#numbers[row] ?? 0);
    } else {
      const low = this.#halves[2 * row] ?? 0;
      const high = this.#halves[2 * row + 1] ?? 0;
      if (this.#isSigned) writer.int64(high, low);
      else writer.uint64(high, low);
    }
  }

  #writeLow(writer: ByteWriter, row: number): void {
    const low = (this.#isWide ? this.#halves[2 * row] : this.#numbers[row]) ?? 0;
    if (this.#reading === 'unsigned32') writer.uint(low >>> 0);
    else writer.int(low | 0);
  }
}

/**
 * An integer in DeepFlow's memory that ClickHouse stores as a Float64. NaN and infinities, which JSON cannot
 * hold, are left out.
 */
export class TruncatedValue extends WrittenValue {
  readonly #column: Column;
  readonly #dropsZero: boolean;

  constructor(key: string, column: Column, dropsZero: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#dropsZero = dropsZero;
  }

  override isAbsent(row: number): boolean {
    const value = this.#column.numbers[row] ?? 0;
    return !Number.isFinite(value) || (this.#dropsZero && value === 0) || this.#column.isNull(row);
  }

  override isSame(row: number, other: number): boolean {
    return this.#column.numbers[row] === this.#column.numbers[other];
  }

  override write(writer: ByteWriter, row: number): void {
    // Adding 0 turns -0, which an integer cannot be, into 0.
    const value = Math.trunc(this.#column.numbers[row] ?? 0) + 0;
    if (Number.isSafeInteger(value)) writer.int(value);
    else writer.float(value);
  }
}

/** An IPv4 address. `0.0.0.0` is written: DeepFlow never treats it as empty. */
export class Ipv4Value extends WrittenValue {
  readonly #column: Column;
  #numbers: Float64Array = new Float64Array(0);

  constructor(key: string, column: Column) {
    super(key, [column]);
    this.#column = column;
  }

  override bind(): void {
    this.#numbers = this.#column.numbers;
  }

  override isAbsent(row: number): boolean {
    return this.#column.isNull(row);
  }

  override isSame(row: number, other: number): boolean {
    return this.#numbers[row] === this.#numbers[other];
  }

  override write(writer: ByteWriter, row: number): void {
    writer.ipv4(this.#numbers[row] ?? 0);
  }
}

/** The lower 48 bits of an integer as a MAC address. */
export class MacValue extends WrittenValue {
  readonly #column: Column;

  constructor(key: string, column: Column) {
    super(key, [column]);
    this.#column = column;
  }

  override isAbsent(row: number): boolean {
    return this.#column.isNull(row);
  }

  override isSame(row: number, other: number): boolean {
    const { halves } = this.#column;
    return halves[2 * row] === halves[2 * other] && halves[2 * row + 1] === halves[2 * other + 1];
  }

  override write(writer: ByteWriter, row: number): void {
    const { halves } = this.#column;
    writer.mac(halves[2 * row + 1] ?? 0, halves[2 * row] ?? 0);
  }
}

/** A value that is the same in every record. */
export class ConstantValue extends WrittenValue {
  readonly #json: Buffer;

  constructor(key: string, json: string) {
    super(key, []);
    this.#json = Buffer.from(json);
  }

  override isAbsent(): boolean {
    return false;
  }

  override isSame(): boolean {
    return true;
  }

  override write(writer: ByteWriter): void {
    writer.reserve(this.#json.length);
    writer.copy(this.#json);
  }
}
