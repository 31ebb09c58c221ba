import type { Data } from 'apache-arrow';
import type { Field } from '../../deepflow/field.ts';
import type { ByteWriter } from './byte-writer.ts';
import { type EmptyValues, FieldWriter } from './field-writer.ts';
import { NO_TEXT, type TextColumn, textColumn } from './text-column.ts';

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const NULL = Buffer.from('null');

/** Writes text. */
export class StringWriter extends FieldWriter {
  #text: TextColumn = NO_TEXT;

  protected override bindValues(data: Data): void {
    const text = textColumn(data);
    if (text === undefined) throw this.typeError(data, 'Utf8');
    this.#text = text;
  }

  protected override isLeftOut(row: number): boolean {
    return !this.keepEmpty && this.#text.offsets[row] === this.#text.offsets[row + 1];
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    const { bytes, offsets } = this.#text;
    writer.jsonString(bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0);
  }
}

/** Writes arrays, one element after the other. */
abstract class ArrayWriter extends FieldWriter {
  #offsets: Int32Array = new Int32Array(1);
  readonly #keepsEmptyArrays: boolean;

  constructor(field: Field, empty: EmptyValues, keepsEmptyArrays: boolean) {
    super(field, empty);
    this.#keepsEmptyArrays = keepsEmptyArrays;
  }

  protected abstract bindElements(data: Data | undefined): boolean;
  protected abstract writeElement(writer: ByteWriter, index: number): void;

  protected override bindValues(data: Data): void {
    const offsets: unknown = data.valueOffsets;
    if (!(offsets instanceof Int32Array) || !this.bindElements(data.children[0])) {
      throw this.typeError(data, 'a list of the elements that DeepFlow stores');
    }
    this.#offsets = offsets;
  }

  protected override isLeftOut(row: number): boolean {
    return !this.#keepsEmptyArrays && this.#offsets[row] === this.#offsets[row + 1];
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    const start = this.#offsets[row] ?? 0;
    const end = this.#offsets[row + 1] ?? 0;
    writer.byte(OPEN);
    for (let i = start; i < end; i++) {
      if (i > start) writer.byte(COMMA);
      this.writeElement(writer, i);
    }
    writer.byte(CLOSE);
  }
}

/** Writes arrays of text. An empty one counts as empty for tags only, as DeepFlow has it. */
export class StringsWriter extends ArrayWriter {
  #text: TextColumn = NO_TEXT;

  constructor(field: Field, empty: EmptyValues) {
    super(field, empty, field.category === 'metric' || empty.tags);
  }

  protected override bindElements(data: Data | undefined): boolean {
    const text = textColumn(data);
    this.#text = text ?? NO_TEXT;
    return text !== undefined;
  }

  protected override writeElement(writer: ByteWriter, index: number): void {
    const { bytes, offsets } = this.#text;
    writer.jsonString(bytes, offsets[index] ?? 0, offsets[index + 1] ?? 0);
  }
}

/**
 * Writes arrays of numbers. NaN and infinities, which JSON cannot hold, become `null`, so that the
 * elements still stand beside their names.
 */
export class FloatsWriter extends ArrayWriter {
  #values: Float64Array = new Float64Array(0);

  constructor(field: Field, empty: EmptyValues) {
    super(field, empty, field.category === 'metric' ? empty.metrics : empty.tags);
  }

  protected override bindElements(data: Data | undefined): boolean {
    const values: unknown = data?.values;
    if (!(values instanceof Float64Array)) return false;
    this.#values = values;
    return true;
  }

  protected override writeElement(writer: ByteWriter, index: number): void {
    const value = this.#values[index] ?? Number.NaN;
    if (Number.isFinite(value)) writer.float(value);
    else writer.bytes(NULL);
  }
}
