import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Field } from '../../deepflow/field.ts';
import { fieldsOf } from '../../deepflow/fields.ts';
import { unreachable } from '../../lib/assert.ts';
import { Ipv4Writer, Ipv6Writer, MacWriter } from './address-writers.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ColumnTypeError } from './column-type-error.ts';
import type { EmptyValues, FieldWriter } from './field-writer.ts';
import { IntegerColumn } from './integer-column.ts';
import {
  ConstantWriter,
  IntegerWriter,
  TruncatedWriter,
  Unsigned32Writer,
} from './number-writers.ts';
import { FloatsWriter, StringsWriter, StringWriter } from './text-writers.ts';
import { utcTimeText } from './time-text.ts';

/** The organisation whose databases carry no prefix (DeepFlow, server/libs/ckdb). */
const DEFAULT_ORGANIZATION = 1;
const MICROS_PER_SECOND = 1_000_000;
const CLOSE = 0x7d;

/** The column that holds the time of a record: its end, in microseconds. */
const EVENT_TIME_COLUMN = 'end_time';

/** Turns the rows of one data source's columns into JSON records. */
export interface RecordEncoder {
  /** ClickHouse columns that a batch must have. */
  readonly columns: readonly string[];
  /**
   * Takes the columns of a batch; the calls after it are about its rows.
   *
   * @throws ColumnTypeError when a column is missing or of another type than its field can be written from.
   */
  bind(batch: RecordBatch): void;
  /** Writes the row's record: one JSON object, no newline, fields in DeepFlow's order. */
  encode(writer: ByteWriter, row: number): void;
  /** The row's event time in milliseconds since the Unix epoch, cut, not rounded. */
  timestampMs(row: number): number;
}

/** Compiles the encoder of a data source's records. */
export function compileEncoder(dataSource: DataSource, empty: EmptyValues): RecordEncoder {
  const fields = fieldsOf(dataSource);
  const writers = fields.map((field) => fieldWriter(field, empty));
  const bound = fields.flatMap((field, i) => {
    const writer = writers[i];
    return field.form === 'organization' || writer === undefined ? [] : [writer];
  });
  const head = Buffer.from(`{"datasource":${JSON.stringify(dataSource)}`);
  const tail = new TimeText();
  const eventTime = new IntegerColumn();
  const timeMicros = (row: number): number =>
    (eventTime.halves[2 * row + 1] ?? 0) * 0x1_0000_0000 + (eventTime.halves[2 * row] ?? 0);

  return {
    columns: [...new Set(bound.map((writer) => writer.column))],
    bind: (batch) => {
      for (const writer of bound) writer.bind(columnData(batch, writer.column));
      eventTime.bind(columnData(batch, EVENT_TIME_COLUMN), EVENT_TIME_COLUMN);
    },
    encode: (writer, row) => {
      writer.bytes(head);
      for (const field of writers) field.write(writer, row);
      writer.bytes(tail.of(timeMicros(row)));
      writer.byte(CLOSE);
    },
    timestampMs: (row) => Math.floor(timeMicros(row) / 1000),
  };
}

function columnData(batch: RecordBatch, column: string): RecordBatch['data'] {
  const data: RecordBatch['data'] | undefined = batch.getChild(column)?.data[0];
  if (data === undefined) throw new ColumnTypeError(column, 'absent', 'in the result');
  return data;
}

function fieldWriter(field: Field, empty: EmptyValues): FieldWriter {
  switch (field.form) {
    case 'uint':
    case 'int':
    case 'seconds':
    case 'micros':
      return new IntegerWriter(field, empty);
    case 'unsigned32':
      return new Unsigned32Writer(field, empty);
    case 'truncated':
      return new TruncatedWriter(field, empty);
    case 'ipv4':
      return new Ipv4Writer(field, empty);
    case 'ipv6':
      return new Ipv6Writer(field, empty);
    case 'mac':
      return new MacWriter(field, empty);
    case 'string':
      return new StringWriter(field, empty);
    case 'strings':
      return new StringsWriter(field, empty);
    case 'floats':
      return new FloatsWriter(field, empty);
    case 'organization':
      return new ConstantWriter(field, empty, DEFAULT_ORGANIZATION);
    default:
      return unreachable(field.form);
  }
}

/** `,"time_str":"…"` as bytes, made anew only when the time differs from the last one. */
class TimeText {
  #micros = -1;
  #bytes: Uint8Array = new Uint8Array(0);

  of(timeMicros: number): Uint8Array {
    if (timeMicros !== this.#micros) {
      const seconds = Math.floor(timeMicros / MICROS_PER_SECOND);
      const text = utcTimeText(seconds, timeMicros - seconds * MICROS_PER_SECOND);
      this.#bytes = Buffer.from(`,"time_str":${JSON.stringify(text)}`);
      this.#micros = timeMicros;
    }
    return this.#bytes;
  }
}
