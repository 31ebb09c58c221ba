import type { ByteWriter } from './byte-writer.ts';
import type { Column } from './columns.ts';
import { WrittenValue } from './field-value.ts';

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const NULL = Buffer.from('null');

/** Text. */
export class TextValue extends WrittenValue {
  readonly #column: Column;
  readonly #keepsEmpty: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #offsets: Int32Array = new Int32Array(1);

  constructor(key: string, column: Column, keepsEmpty: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#keepsEmpty = keepsEmpty;
  }

  override bind(): void {
    this.#bytes = this.#column.text.bytes;
    this.#offsets = this.#column.text.offsets;
  }

  override isAbsent(row: number): boolean {
    const isEmpty = this.#offsets[row] === this.#offsets[row + 1];
    return (isEmpty && !this.#keepsEmpty) || this.#column.isNull(row);
  }

  override isSame(row: number, other: number): boolean {
    const start = this.#offsets[row] ?? 0;
    const length = (this.#offsets[row + 1] ?? 0) - start;
    const otherStart = this.#offsets[other] ?? 0;
    return (
      length === (this.#offsets[other + 1] ?? 0) - otherStart &&
      areEqual(this.#bytes, { start, otherStart, length })
    );
  }

  override write(writer: ByteWriter, row: number): void {
    writer.string(this.#bytes, this.#offsets[row] ?? 0, this.#offsets[row + 1] ?? 0);
  }
}

/** An array of texts. */
export class TextsValue extends WrittenValue {
  readonly #column: Column;
  readonly #keepsEmpty: boolean;

  constructor(key: string, column: Column, keepsEmpty: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#keepsEmpty = keepsEmpty;
  }

  override isAbsent(row: number): boolean {
    const { offsets } = this.#column;
    return (!this.#keepsEmpty && offsets[row] === offsets[row + 1]) || this.#column.isNull(row);
  }

  override isSame(row: number, other: number): boolean {
    const { offsets, text } = this.#column;
    const first = offsets[row] ?? 0;
    const otherFirst = offsets[other] ?? 0;
    const count = (offsets[row + 1] ?? 0) - first;
    if (count !== (offsets[other + 1] ?? 0) - otherFirst) return false;
    const start = text.offsets[first] ?? 0;
    const otherStart = text.offsets[otherFirst] ?? 0;
    for (let i = 1; i <= count; i++) {
      const end = (text.offsets[first + i] ?? 0) - start;
      if (end !== (text.offsets[otherFirst + i] ?? 0) - otherStart) return false;
    }
    const length = (text.offsets[first + count] ?? 0) - start;
    return areEqual(text.bytes, { start, otherStart, length });
  }

  override write(writer: ByteWriter, row: number): void {
    const { offsets, text } = this.#column;
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    writer.byte(OPEN);
    for (let i = start; i < end; i++) {
      if (i > start) writer.byte(COMMA);
      writer.string(text.bytes, text.offsets[i] ?? 0, text.offsets[i + 1] ?? 0);
    }
    writer.byte(CLOSE);
  }
}

/**
 * An array of numbers. NaN and infinities, which JSON cannot hold, become `null`, so that the elements still
 * stand beside their names.
 */
export class FloatsValue extends WrittenValue {
  readonly #column: Column;
  readonly #keepsEmpty: boolean;

  constructor(key: string, column: Column, keepsEmpty: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#keepsEmpty = keepsEmpty;
  }

  override isAbsent(row: number): boolean {
    const { offsets } = this.#column;
    return (!this.#keepsEmpty && offsets[row] === offsets[row + 1]) || this.#column.isNull(row);
  }

  override isSame(row: number, other: number): boolean {
    const { offsets } = this.#column;
    return offsets[row] === offsets[row + 1] && offsets[other] === offsets[other + 1];
  }

  override write(writer: ByteWriter, row: number): void {
    const { offsets, numbers } = this.#column;
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    writer.byte(OPEN);
    for (let i = start; i < end; i++) {
      if (i > start) writer.byte(COMMA);
      const value = numbers[i] ?? Number.NaN;
      if (Number.isFinite(value)) writer.float(value);
      else {
        writer.reserve(NULL.length);
        writer.copy(NULL);
      }
    }
    writer.byte(CLOSE);
  }
}

function areEqual(
  bytes: Uint8Array,
  places: { readonly start: number; readonly otherStart: number; readonly length: number },
): boolean {
  const { start, otherStart, length } = places;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false;
  return true;
}
