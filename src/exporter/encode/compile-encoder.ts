import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { compileSelection } from '../../deepflow/export-fields.ts';
import type { ByteWriter } from './byte-writer.ts';
import { Column } from './columns.ts';
import { compileValues, type ValueOptions } from './compile-values.ts';
import {
  type FieldValue,
  SnippetValue,
  VALUE_BYTES_MAX,
  type WrittenValue,
} from './field-value.ts';
import type { Lz4Writer } from './lz4-writer.ts';
import type { Snippet } from './name-tables.ts';
import { CodeValue, IdValue } from './named-values.ts';
import { IntegerValue } from './number-values.ts';
import { TextValue } from './text-values.ts';
import { compileTimeText } from './zone-text.ts';

const MICROS_PER_SECOND = 1_000_000;
/** Room for the time's text, the end of the record and what frames it. */
const TAIL_BYTES_MAX = 160;

/** What decides a data source's records. */
export interface EncoderRequest extends Omit<ValueOptions, 'selection'> {
  readonly exportFields: readonly string[];
  /** IANA name of the zone of `time_str`. */
  readonly timeZone: string;
}

/** Turns the rows of one data source's columns into JSON records. */
export interface RecordEncoder {
  /** ClickHouse columns that a batch must have. */
  readonly columns: readonly string[];
  /** Room that a writer must keep: all that a record writes without making room. */
  readonly slack: number;
  /**
   * Takes the columns of a batch; the calls after it are about its rows.
   *
   * @throws ColumnTypeError when a column is missing or of another type than its field can be written from.
   */
  bind(batch: RecordBatch): void;
  /** Writes the row's record: one JSON object, no newline, fields in DeepFlow's order. */
  encode(writer: ByteWriter, row: number): void;
  /** Writes the same record by references to the records before it in the same LZ4 block. */
  encodeLz4(writer: Lz4Writer, row: number): void;
  /** Must be called when an LZ4 block begins, or when its last record was taken back. */
  startBlock(): void;
  /** The row's event time in milliseconds since the Unix epoch, cut, not rounded. */
  timestampMs(row: number): number;
}

/** The column of a record's event time: the end of what happened, or the start of a metric's window. */
function eventTimeColumn(dataSource: DataSource): 'end_time' | 'time' {
  return dataSource.startsWith('flow_metrics.') ? 'time' : 'end_time';
}

/** Compiles the encoder of a data source's records. */
export function compileEncoder(request: EncoderRequest): RecordEncoder {
  const { dataSource, recordFormat, exportFields, timeZone } = request;
  const selection = compileSelection(exportFields, dataSource, recordFormat);
  const values = compileValues({ ...request, selection });
  const eventTime = new Column(eventTimeColumn(dataSource), 'integer');
  return new CompiledEncoder({
    head: Buffer.from(`{"datasource":${JSON.stringify(dataSource)}`),
    values,
    eventTime,
    timeText: compileTimeText(timeZone),
  });
}

interface EncoderParts {
  readonly head: Buffer;
  readonly values: readonly FieldValue[];
  readonly eventTime: Column;
  readonly timeText: (seconds: number, micros: number) => string;
}

const TAIL_KEY = Buffer.from(',"time_str":');
const NOWHERE = -1;

/**
 * A place in the record for one key, and where the LZ4 block had it last. The classes of most values stand in
 * properties of their own, one of which is set: the engine then inlines their calls, which makes encoding
 * twice as fast as virtual ones do.
 */
class Slot {
  readonly key: Buffer;
  readonly integer: IntegerValue | undefined;
  readonly text: TextValue | undefined;
  readonly code: CodeValue | undefined;
  readonly id: IdValue | undefined;
  /** Any other class of names. */
  readonly named: SnippetValue | undefined;
  /** Any other class of values that are written. */
  readonly other: WrittenValue | undefined;
  /** Uncompressed position of the key in the last record of the block that has it. */
  keyAt = NOWHERE;
  /** Bytes of its value there. */
  valueBytes = 0;
  /** The row that it was of, while that row's columns are bound. */
  lastRow = NOWHERE;
  /** Its snippet, when the value is one. */
  lastSnippet: Snippet | undefined = undefined;

  constructor(key: Buffer, value?: FieldValue) {
    this.key = key;
    this.integer = value instanceof IntegerValue ? value : undefined;
    this.text = value instanceof TextValue ? value : undefined;
    this.code = value instanceof CodeValue ? value : undefined;
    this.id = value instanceof IdValue ? value : undefined;
    const isName = value instanceof SnippetValue;
    this.named = isName && !this.code && !this.id ? value : undefined;
    this.other = value !== undefined && !isName && !this.integer && !this.text ? value : undefined;
  }
}

class CompiledEncoder implements RecordEncoder {
  readonly columns: readonly string[];
  readonly slack: number;
  readonly #head: Slot;
  readonly #tail = new Slot(TAIL_KEY);
  readonly #slots: readonly Slot[];
  readonly #values: readonly FieldValue[];
  readonly #bound: readonly Column[];
  readonly #eventTime: Column;
  readonly #timeText: EncoderParts['timeText'];
  #lastMicros = Number.NaN;
  #lastTime: Buffer = Buffer.alloc(0);

  constructor(parts: EncoderParts) {
    const { head, values, eventTime, timeText } = parts;
    this.#head = new Slot(head);
    this.#slots = values.map((value) => new Slot(value.key, value));
    this.#values = values;
    this.#eventTime = eventTime;
    this.#timeText = timeText;
    this.#bound = [...new Set([...values.flatMap((value) => value.columns), eventTime])];
    this.columns = [...new Set(this.#bound.map(({ name }) => name))];
    const keys = values.reduce((sum, { key }) => sum + key.length + VALUE_BYTES_MAX, 0);
    this.slack = head.length + keys + TAIL_BYTES_MAX;
  }

  bind(batch: RecordBatch): void {
    for (const column of this.#bound) column.bind(batch);
    for (const value of this.#values) value.bind();
    for (const slot of this.#slots) slot.lastRow = NOWHERE;
  }

  encode(writer: ByteWriter, row: number): void {
    writer.reserve(0);
    writer.copy(this.#head.key);
    for (const slot of this.#slots) {
      const { key, integer, text, other } = slot;
      if (integer !== undefined) {
        if (integer.isAbsent(row)) continue;
        writer.copy(key);
        integer.write(writer, row);
      } else if (text !== undefined) {
        if (text.isAbsent(row)) continue;
        writer.copy(key);
        text.write(writer, row);
      } else {
        const name = lookUpName(slot, row);
        if (name !== undefined) {
          writer.copy(key);
          writer.reserve(name.bytes.length);
          writer.copy(name.bytes);
        } else if (other?.isAbsent(row) === false) {
          writer.copy(key);
          other.write(writer, row);
        }
      }
    }
    writer.copy(TAIL_KEY);
    this.#writeTime(writer, row);
  }

  encodeLz4(writer: Lz4Writer, row: number): void {
    writer.reserve(0);
    writeKey(writer, this.#head);
    for (const slot of this.#slots) {
      const { integer, text, other } = slot;
      if (integer !== undefined) {
        if (integer.isAbsent(row)) continue;
        const isSame = writeKey(writer, slot) && isSameInteger(integer, slot, row);
        if (isSame) writer.extendMatch(slot.valueBytes);
        else {
          const start = startValue(writer);
          integer.write(writer, row);
          slot.valueBytes = writer.logicalPosition - start;
        }
      } else if (text !== undefined) {
        if (text.isAbsent(row)) continue;
        const isSame = writeKey(writer, slot) && isSameText(text, slot, row);
        if (isSame) writer.extendMatch(slot.valueBytes);
        else {
          const start = startValue(writer);
          text.write(writer, row);
          slot.valueBytes = writer.logicalPosition - start;
        }
      } else if (other !== undefined) {
        if (other.isAbsent(row)) continue;
        writeOther(writer, slot, { value: other, row });
      } else {
        const name = lookUpName(slot, row);
        if (name === undefined) continue;
        writeNamed(writer, slot, name);
      }
      slot.lastRow = row;
    }
    writeKey(writer, this.#tail);
    // The format wants the end of a block to be literals: the time always is.
    writer.literals();
    this.#writeTime(writer, row);
  }

  startBlock(): void {
    for (const slot of [...this.#slots, this.#head, this.#tail]) {
      slot.keyAt = NOWHERE;
      slot.lastRow = NOWHERE;
      slot.lastSnippet = undefined;
    }
  }

  timestampMs(row: number): number {
    return Math.floor(this.#micros(row) / 1000);
  }

  #micros(row: number): number {
    const { isWide, numbers, halves } = this.#eventTime;
    if (!isWide) return (numbers[row] ?? 0) * MICROS_PER_SECOND;
    return (halves[2 * row + 1] ?? 0) * 0x1_0000_0000 + (halves[2 * row] ?? 0);
  }

  #writeTime(writer: ByteWriter, row: number): void {
    const micros = this.#micros(row);
    if (micros !== this.#lastMicros) {
      const seconds = Math.floor(micros / MICROS_PER_SECOND);
      const text = this.#timeText(seconds, micros - seconds * MICROS_PER_SECOND);
      this.#lastTime = Buffer.from(`"${text}"}`);
      this.#lastMicros = micros;
    }
    writer.copy(this.#lastTime);
  }
}

/** The name of a slot that holds one. */
function lookUpName({ code, id, named }: Slot, row: number): Snippet | undefined {
  if (code !== undefined) return code.lookUp(row);
  if (id !== undefined) return id.lookUp(row);
  return named?.lookUp(row);
}

/** Writes a key, by reference where it stands near enough; true when it was by reference. */
function writeKey(writer: Lz4Writer, slot: Slot): boolean {
  const { keyAt: last, key } = slot;
  slot.keyAt = writer.logicalPosition;
  if (last !== NOWHERE && writer.match(last, key.length)) return true;
  writer.literals();
  writer.copy(key);
  return false;
}

/** Starts a value that is written as literals; its uncompressed position. */
function startValue(writer: Lz4Writer): number {
  writer.literals();
  return writer.logicalPosition;
}

// The same value stood right behind the same key: the match of the key runs on through it.

function isSameInteger(value: IntegerValue, { lastRow }: Slot, row: number): boolean {
  return lastRow !== NOWHERE && value.isSame(row, lastRow);
}

function isSameText(value: TextValue, { lastRow }: Slot, row: number): boolean {
  return lastRow !== NOWHERE && value.isSame(row, lastRow);
}

function writeNamed(writer: Lz4Writer, slot: Slot, text: Snippet): void {
  const isSame = writeKey(writer, slot) && slot.lastSnippet === text;
  slot.lastSnippet = text;
  if (isSame) {
    writer.extendMatch(text.bytes.length);
    return;
  }
  writer.reserve(text.bytes.length);
  writer.snippet(text);
}

function writeOther(
  writer: Lz4Writer,
  slot: Slot,
  { value, row }: { readonly value: WrittenValue; readonly row: number },
): void {
  const isReferred = writeKey(writer, slot);
  if (isReferred && slot.lastRow !== NOWHERE && value.isSame(row, slot.lastRow)) {
    writer.extendMatch(slot.valueBytes);
    return;
  }
  const start = startValue(writer);
  value.write(writer, row);
  slot.valueBytes = writer.logicalPosition - start;
}
