import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { compileSelection } from '../../deepflow/fields/export-fields.ts';
import { keyFieldOf } from '../../deepflow/fields/key-field.ts';
import { assert } from '../../lib/assert.ts';
import { type ByteWriter, copyWords } from './bytes/byte-writer.ts';
import { Cells } from './values/cells.ts';
import { Column } from './columns/columns.ts';
import { compileValues, type ValueOptions } from './values/compile-values.ts';
import type { FieldValue } from './values/field-value.ts';
import { Lz4References } from './lz4/lz4-references.ts';
import type { Lz4Writer } from './lz4/lz4-writer.ts';
import type { NameTables } from './values/name-tables.ts';
import { ConstantValue } from './values/number-values.ts';
import { compileKeys, type RecordKeys } from './record-keys.ts';
import { microsAt, TimeTextValue } from './values/time-values.ts';
import type { ValueFaults } from './values/value-faults.ts';
import { ZoneText } from './values/zone-text.ts';

/** What decides a data source's records. */
export interface EncoderRequest extends Omit<ValueOptions, 'selection'> {
  readonly exportFields: readonly string[];
  /** The IANA name of the time zone of `time_str`. */
  readonly timeZone: string;
  /** The name of the field whose values are the records' keys. Absent: records have no keys. */
  readonly keyField?: string | undefined;
  /** Returns the current names of resources. */
  readonly tables: () => NameTables;
}

/** Turns the rows of one data source's columns into JSON records. */
export interface RecordEncoder {
  /** The ClickHouse columns that a batch must have. */
  readonly columns: readonly string[];
  /** The records' keys, which `bind` binds as well. Undefined: records have no keys. */
  readonly keys: RecordKeys | undefined;
  /**
   * Binds a batch; with `rows`, only these rows, in this order. Then `row` in the other methods is
   * an index into `rows`.
   *
   * @throws ColumnTypeError when a column is missing, or has a type from which its field cannot be
   *   written.
   */
  bind(batch: RecordBatch, rows?: Int32Array): void;
  /** The size of the row's record in bytes. */
  size(row: number): number;
  /**
   * Writes the row's record: one JSON object, no newline, fields in DeepFlow's order. The writer must have room for
   * its size.
   */
  encode(writer: ByteWriter, row: number): void;
  /**
   * Writes the same record with references to the previous records of the same LZ4 block. The
   * writer must have room for the `lz4BytesMax` of its size.
   */
  encodeLz4(writer: Lz4Writer, row: number): void;
  /**
   * Takes the value faults since the last call. They cover the rows that were written, and a few
   * rows after them.
   */
  takeFaults(): ValueFaults;
  /** Must be called when an LZ4 block begins. */
  startBlock(): void;
  /**
   * The row's event time in milliseconds since the Unix epoch, truncated, not rounded. It is never
   * negative, since Kafka refuses negative timestamps.
   */
  timestampMs(row: number): number;
}

/** The column of a record's event time: the end of the event, or the start of a metric's window. */
function eventTimeColumn(dataSource: DataSource): 'end_time' | 'time' {
  return dataSource.startsWith('flow_metrics.') ? 'time' : 'end_time';
}

/** Compiles the encoder of a data source's records. */
export function compileEncoder(request: EncoderRequest): RecordEncoder {
  const { dataSource, recordFormat, exportFields, timeZone, tables } = request;
  const selection = compileSelection(exportFields, dataSource, recordFormat);
  const eventTime = new Column(eventTimeColumn(dataSource), 'integer');
  const values = [
    new DataSourceValue(dataSource),
    ...compileValues({ ...request, selection }),
    new TimeTextValue(eventTime, new ZoneText(timeZone)),
  ];
  return new CompiledEncoder({ values, eventTime, tables, keys: keysOf(request) });
}

/** If the table lacks the column of the keys, records have no keys. */
function keysOf(request: EncoderRequest): RecordKeys | undefined {
  const { dataSource, keyField, recordFormat, available } = request;
  if (keyField === undefined) return undefined;
  const field = keyFieldOf(dataSource, keyField);
  assert(field !== undefined, `the field of the keys is one of ${dataSource}`);
  return (available?.has(field.column) ?? true) ? compileKeys(field, recordFormat) : undefined;
}

/** The start of the record. */
class DataSourceValue extends ConstantValue {
  override readonly key = Buffer.from('{"datasource":');

  constructor(dataSource: DataSource) {
    super('datasource', JSON.stringify(dataSource));
  }
}

interface EncoderParts {
  readonly values: readonly FieldValue[];
  readonly eventTime: Column;
  readonly tables: () => NameTables;
  readonly keys: RecordKeys | undefined;
}

class CompiledEncoder implements RecordEncoder {
  readonly columns: readonly string[];
  readonly keys: RecordKeys | undefined;
  readonly #values: readonly FieldValue[];
  readonly #eventTime: Column;
  readonly #tables: () => NameTables;
  readonly #bound: readonly Column[];
  readonly #cells: Cells;
  readonly #keyStarts: Int32Array;
  readonly #keyLengths: Int32Array;
  readonly #references: Lz4References;
  #names: NameTables | undefined = undefined;
  #rows = 0;

  constructor({ values, eventTime, tables, keys }: EncoderParts) {
    this.keys = keys;
    this.#values = values;
    this.#eventTime = eventTime;
    this.#tables = tables;
    this.#bound = [...new Set(values.flatMap((value) => value.columns))];
    const keyColumns = keys === undefined ? [] : [keys.column];
    this.columns = [...new Set([...this.#bound.map(({ name }) => name), ...keyColumns])];
    this.#cells = new Cells(values.length);
    this.#keyStarts = new Int32Array(values.length);
    this.#keyLengths = new Int32Array(values.length);
    this.#references = new Lz4References(this.#cells, this.#keyStarts, this.#keyLengths);
  }

  takeFaults(): ValueFaults {
    return this.#cells.takeFaults();
  }

  bind(batch: RecordBatch, rows?: Int32Array): void {
    for (const column of this.#bound) column.bind(batch, rows);
    this.keys?.bind(batch, rows);
    const cells = this.#cells;
    const names = this.#tables();
    if (names !== this.#names || cells.isFull) {
      this.#names = names;
      cells.drop();
      this.#shareKeys();
      this.#references.forgetShared();
    }
    for (const value of this.#values) value.bind?.(cells, names);
    this.#rows = rows?.length ?? batch.numRows;
    cells.rows = 0;
  }

  #shareKeys(): void {
    this.#values.forEach(({ key }, slot) => {
      const cell = this.#cells.share(key);
      assert(cell !== undefined, 'keys of a record have room');
      this.#keyStarts[slot] = cell.start;
      this.#keyLengths[slot] = cell.length;
    });
  }

  size(row: number): number {
    const first = this.#place(row);
    const { lengths, stride } = this.#cells;
    let bytes = 0;
    for (let slot = 0; slot < stride; slot++) {
      const length = lengths[first + slot] ?? 0;
      if (length > 0) bytes += length + (this.#keyLengths[slot] ?? 0);
    }
    return bytes;
  }

  encode(writer: ByteWriter, row: number): void {
    const first = this.#place(row);
    const { starts, lengths, stride, view } = this.#cells;
    const keyStarts = this.#keyStarts;
    const keyLengths = this.#keyLengths;
    const to = writer.view;
    let at = writer.position;
    for (let slot = 0; slot < stride; slot++) {
      const length = lengths[first + slot] ?? 0;
      if (length === 0) continue;
      at = copyWords(to, at, view, keyStarts[slot] ?? 0, keyLengths[slot] ?? 0);
      at = copyWords(to, at, view, starts[first + slot] ?? 0, length);
    }
    writer.position = at;
  }

  encodeLz4(writer: Lz4Writer, row: number): void {
    this.#references.write(writer, this.#place(row));
  }

  startBlock(): void {
    this.#references.startBlock();
  }

  timestampMs(row: number): number {
    return Math.max(0, Math.floor(microsAt(this.#eventTime, row) / 1000));
  }

  /** Index of the row's first cell. */
  #place(row: number): number {
    const cells = this.#cells;
    if (row < cells.firstRow || row >= cells.firstRow + cells.rows) {
      cells.begin(row, this.#rows);
      for (let slot = 0; slot < this.#values.length; slot++) this.#values[slot]?.fill(cells, slot);
      this.#references.forgetRows();
    }
    return (row - cells.firstRow) * cells.stride;
  }
}
