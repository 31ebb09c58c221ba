import {
  type Data,
  type DataType,
  Field as ArrowField,
  FixedSizeBinary,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint32,
  Uint64,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import type { Field, Form } from '../../../src/deepflow/field.ts';
import { fieldsOf } from '../../../src/deepflow/fields.ts';

/** A row by column; what is absent is 0, empty or NULL. */
export type Row = Readonly<Record<string, unknown>>;

/** Columns as ClickHouse answers them for a data source, made from rows. */
export function arrowColumns(dataSource: DataSource, rows: readonly Row[]): RecordBatch {
  const stored = fieldsOf(dataSource).filter((field) => field.form !== 'organization');
  const byColumn = new Map(stored.map((field) => [field.column, columnOf(field, rows)]));
  return recordBatch(byColumn, rows.length);
}

/** A record batch of columns by name. */
export function recordBatch(columns: ReadonlyMap<string, Data>, rows: number): RecordBatch {
  const fields = [...columns].map(([name, data]) => new ArrowField(name, data.type, true));
  const data = makeData({
    type: new Struct(fields),
    length: rows,
    nullCount: 0,
    children: [...columns.values()],
  });
  return new RecordBatch(new Schema(fields), data);
}

function columnOf(field: Field, rows: readonly Row[]): Data {
  const values = rows.map(
    (row) => row[field.column] ?? (field.column in row ? null : (ZEROS[field.form] ?? 0)),
  );
  if (field.form === 'ipv6') {
    return makeData({
      type: new FixedSizeBinary(16),
      length: rows.length,
      nullCount: 0,
      data: Buffer.concat(
        values.map((value) => Buffer.from(typeof value === 'string' ? value : '', 'hex')),
      ),
    });
  }
  const [data] = vectorFromArray(values, TYPES[field.form] ?? new Uint32()).data;
  if (data === undefined) throw new Error('a vector has data');
  return data;
}

const ZEROS: Readonly<Partial<Record<Form, unknown>>> = {
  string: '',
  strings: [],
  floats: [],
  ipv6: '00'.repeat(16),
  uint: 0n,
  mac: 0n,
  micros: 0n,
  int: 0n,
};

const TYPES: Readonly<Partial<Record<Form, DataType>>> = {
  string: new Utf8(),
  strings: new List(new ArrowField('item', new Utf8())),
  floats: new List(new ArrowField('item', new Float64())),
  truncated: new Float64(),
  uint: new Uint64(),
  mac: new Uint64(),
  int: new Int64(),
  micros: new Int64(),
  unsigned32: new Int32(),
};
