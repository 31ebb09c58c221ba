import {
  Binary,
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
import { type Column, tableNamed } from '../../harness/generator/tables.ts';

/** A row by column; what is absent is 0, empty or NULL. */
export type Row = Readonly<Record<string, unknown>>;

/** Columns as ClickHouse answers them for a data source, made from rows. */
export function arrowColumns(dataSource: DataSource, rows: readonly Row[]): RecordBatch {
  const columns = tableNamed(dataSource).columns.map(
    (column) => [column.name, columnOf(column, rows)] as const,
  );
  return recordBatch(new Map(columns), rows.length);
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

function columnOf({ name, type }: Column, rows: readonly Row[]): Data {
  const bare = type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, '$1');
  const { arrow, zero, convert } = formOf(bare);
  const values = rows.map((row) => {
    const value = row[name];
    if (value === null) return null;
    return convert(value ?? zero);
  });
  if (bare === 'IPv6') {
    return makeData({
      type: new FixedSizeBinary(16),
      length: rows.length,
      nullCount: 0,
      data: Buffer.concat(
        values.map((value) => Buffer.from(typeof value === 'string' ? value : '', 'hex')),
      ),
    });
  }
  // Bytes that are not UTF-8, which a text of JavaScript cannot hold.
  const isBytes = values.some((value) => value instanceof Uint8Array);
  const [data] = isBytes
    ? vectorFromArray(values.map(toBytes), new Binary()).data
    : vectorFromArray(values, arrow).data;
  if (data === undefined) throw new Error('a vector has data');
  return data;
}

interface ArrowForm {
  readonly arrow: DataType;
  readonly zero: unknown;
  readonly convert: (value: unknown) => unknown;
}

const same = (value: unknown): unknown => value;
const toBytes = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : Buffer.from(String(value));
const toNumber = (value: unknown): unknown => Number(value);
const toBigInt = (value: unknown): unknown =>
  typeof value === 'bigint' ? value : BigInt(Number(value));

function formOf(type: string): ArrowForm {
  if (type === 'IPv6') return { arrow: new Utf8(), zero: '00'.repeat(16), convert: same };
  if (type === 'Array(Float64)') return listOf(new Float64());
  if (type.startsWith('Array(UInt16')) return listOf(new Uint32());
  if (type.startsWith('Array(')) return listOf(new Utf8());
  if (type.includes('String')) return { arrow: new Utf8(), zero: '', convert: same };
  if (type === 'Float64') return { arrow: new Float64(), zero: 0, convert: toNumber };
  if (type === 'UInt64') return { arrow: new Uint64(), zero: 0n, convert: toBigInt };
  if (type === 'Int64' || type.startsWith('DateTime64')) {
    return { arrow: new Int64(), zero: 0n, convert: toBigInt };
  }
  if (type.startsWith('Int')) return { arrow: new Int32(), zero: 0, convert: toNumber };
  return { arrow: new Uint32(), zero: 0, convert: toNumber };
}

function listOf(element: DataType): ArrowForm {
  return { arrow: new List(new ArrowField('item', element)), zero: [], convert: same };
}
