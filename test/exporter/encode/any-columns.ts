import {
  type Data,
  Field as ArrowField,
  FixedSizeBinary,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  type RecordBatch,
  TimestampMicrosecond,
  TimestampSecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
} from 'apache-arrow';
import fc from 'fast-check';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { tableNamed } from '../../harness/generator/tables.ts';
import { recordBatch } from './arrow-columns.ts';

/** A value as ClickHouse stores it: integers and times as bigints, texts and IPv6 addresses as their bytes. */
export type Cell = bigint | number | Buffer | readonly Buffer[] | readonly number[] | null;

/** Rows of a table whose columns hold anything that their types can. */
export interface AnyRows {
  readonly rows: number;
  /** The value of a column in a row; undefined: the table has no such column. */
  cell(column: string, row: number): Cell | undefined;
  /** The rows from `from` up to `to` as ClickHouse would answer them. */
  batch(from: number, to: number): RecordBatch;
}

const MICROS = 1_000_000n;
/** First and last second that a ClickHouse DateTime64 can hold after the Unix epoch. */
const [EPOCH, LAST_SECOND] = [0n, 10_413_791_999n];

function integers(min: bigint, max: bigint, ...known: bigint[]): fc.Arbitrary<bigint> {
  const edges = [min, max, 0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n + 1n, ...known];
  const inRange = edges.filter((value) => value >= min && value <= max);
  return fc.oneof(fc.constantFrom(...inRange), fc.bigInt({ min, max }));
}

/** Resource types with and without names, and codes of protocols and sources. */
const CODES = [0, 3, 4, 6, 20, 60, 101, 102, 103, 104, 105, 120, 130, 135, 136, 199, 255].map(
  BigInt,
);
const u8 = integers(0n, 255n, ...CODES);
const u16 = integers(0n, 65_535n, ...CODES);
const u32 = integers(0n, 2n ** 32n - 1n, ...CODES, 65_536n, 499_999n, 500_000n);
const u64 = integers(0n, 2n ** 64n - 1n, ...CODES);
const i32 = integers(-(2n ** 31n), 2n ** 31n - 1n);
const i64 = integers(-(2n ** 63n), 2n ** 63n - 1n);
const double = fc.oneof(
  fc.constantFrom(0, -0, 5e-324, -2.2e-308, 1e300, -1.797e308, 2 ** 53, 0.1, 1e21, 1e-7),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.double(),
);
/** Broken sequences of UTF-8: alone, cut, overlong, a surrogate, above U+10FFFF, and a byte order mark. */
const BROKEN = ['80', 'c3', 'e28280e282', 'c0af', 'eda080', 'f4908080', 'ff', 'efbbbf41'];
/** Texts that JSON, JavaScript or C treat in their own ways. */
const ODD = ['', '"', '\\', '\n\r\t\b\f', '\u0000', '\u001f\u007f', '\u2028\u2029', '😀', '</a>'];
const bytes: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(...BROKEN.map((hex) => Buffer.from(hex, 'hex'))),
  fc.constantFrom(...[...ODD, 'c', 's-p', 'x-new', 'read', 'GET'].map((text) => Buffer.from(text))),
  fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text)),
  fc.nat({ max: 9_000 }).map((length) => Buffer.alloc(length, 'z')),
);
const address = fc.oneof(
  fc.constantFrom('00'.repeat(16), `${'00'.repeat(10)}ffff0a000001`, `20010db8${'00'.repeat(12)}`),
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((array) => Buffer.from(array).toString('hex')),
);
const seconds = integers(0n, 2n ** 32n - 1n);
const micros = integers(EPOCH, LAST_SECOND * MICROS);

/** Values of each ClickHouse type; NULL may stand in every column, though few of DeepFlow's are nullable. */
const CELLS = {
  UInt8: u8,
  UInt16: u16,
  UInt32: u32,
  UInt64: u64,
  Int32: i32,
  Int64: i64,
  Float64: double,
  String: bytes,
  IPv4: integers(0n, 2n ** 32n - 1n),
  IPv6: address.map((hex) => Buffer.from(hex, 'hex')),
  DateTime: seconds,
  DateTime64: micros,
  Strings: fc.array(bytes, { maxLength: 4 }),
  Floats: fc.array(double, { maxLength: 4 }),
} satisfies Record<string, fc.Arbitrary<Cell>>;

type CellType = keyof typeof CELLS;
type Pools = Readonly<Record<CellType, readonly Cell[]>>;

const pool = (cells: fc.Arbitrary<Cell>): fc.Arbitrary<readonly Cell[]> =>
  fc.array(fc.option(cells, { freq: 6 }), { minLength: 1, maxLength: 9 });

/**
 * Rows of a data source's table, up to 6. Columns of one type take their values from one pool, each from its own
 * place on, so that values are often alike and little has to be drawn.
 */
export function anyRows(dataSource: DataSource): fc.Arbitrary<AnyRows> {
  const columns = tableNamed(dataSource).columns.filter(({ type }) => type !== 'Array(UInt16)');
  const pools: fc.Arbitrary<Pools> = fc.record({
    UInt8: pool(CELLS.UInt8),
    UInt16: pool(CELLS.UInt16),
    UInt32: pool(CELLS.UInt32),
    UInt64: pool(CELLS.UInt64),
    Int32: pool(CELLS.Int32),
    Int64: pool(CELLS.Int64),
    Float64: pool(CELLS.Float64),
    String: pool(CELLS.String),
    IPv4: pool(CELLS.IPv4),
    IPv6: pool(CELLS.IPv6),
    DateTime: fc.array(CELLS.DateTime, { minLength: 1, maxLength: 4 }),
    DateTime64: fc.array(CELLS.DateTime64, { minLength: 1, maxLength: 4 }),
    Strings: pool(CELLS.Strings),
    Floats: pool(CELLS.Floats),
  });
  return fc.tuple(fc.integer({ min: 1, max: 6 }), pools).map(([rows, drawn]) => {
    const values = new Map(
      columns.map(({ name, type }, place) => {
        const cells = drawn[cellTypeOf(type)];
        const at = (row: number): Cell => cells[(row + place) % cells.length] ?? null;
        return [name, Array.from({ length: rows }, (_, row) => at(row))];
      }),
    );
    return {
      rows,
      cell: (column, row) => values.get(column)?.[row],
      batch: (from, to) =>
        recordBatch(
          new Map(
            columns.map(({ name, type }) => [
              name,
              arrowData(cellTypeOf(type), values.get(name)?.slice(from, to) ?? []),
            ]),
          ),
          to - from,
        ),
      toString: () => JSON.stringify([...values], printable),
    };
  });
}

/** How a counterexample is shown. */
function printable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function cellTypeOf(type: string): CellType {
  const bare = type
    .replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, '$1')
    .replace(/\('.*|\(\d.*/, '');
  if (bare === 'Array(Float64)') return 'Floats';
  if (bare.startsWith('Array(')) return 'Strings';
  const found = Object.keys(CELLS).find((name): name is CellType => name === bare);
  if (found === undefined) throw new Error(`there are no values for the type ${type}`);
  return found;
}

function arrowData(type: CellType, cells: readonly Cell[]): Data {
  const nulls = new Uint8Array(Math.ceil(cells.length / 8));
  for (const [row, cell] of cells.entries())
    if (cell !== null) nulls[row >> 3] = (nulls[row >> 3] ?? 0) | (1 << (row & 7));
  const nullCount = cells.filter((cell) => cell === null).length;
  const common = {
    length: cells.length,
    nullCount,
    nullBitmap: nullCount === 0 ? undefined : nulls,
  };
  const wide = cells.map((cell) => (typeof cell === 'bigint' ? cell : 0n));
  const narrow = wide.map(Number);
  const texts = cells.map((cell) => (Buffer.isBuffer(cell) ? cell : Buffer.alloc(0)));
  switch (type) {
    case 'UInt8':
      return makeData({ type: new Uint8(), ...common, data: new Uint8Array(narrow) });
    case 'UInt16':
      return makeData({ type: new Uint16(), ...common, data: new Uint16Array(narrow) });
    case 'UInt32':
    case 'IPv4':
      return makeData({ type: new Uint32(), ...common, data: new Uint32Array(narrow) });
    case 'DateTime':
      return makeData({ type: new TimestampSecond(), ...common, data: new BigInt64Array(wide) });
    case 'UInt64':
      return makeData({ type: new Uint64(), ...common, data: new BigUint64Array(wide) });
    case 'Int32':
      return makeData({ type: new Int32(), ...common, data: new Int32Array(narrow) });
    case 'Int64':
      return makeData({ type: new Int64(), ...common, data: new BigInt64Array(wide) });
    case 'DateTime64':
      return makeData({
        type: new TimestampMicrosecond(),
        ...common,
        data: new BigInt64Array(wide),
      });
    case 'Float64': {
      const numbers = cells.map((cell) => (typeof cell === 'number' ? cell : 0));
      return makeData({ type: new Float64(), ...common, data: new Float64Array(numbers) });
    }
    case 'String':
      return makeData({ type: new Utf8(), ...common, ...textParts(texts) });
    case 'IPv6': {
      const data = Buffer.concat(
        texts.map((text) => (text.length === 16 ? text : Buffer.alloc(16))),
      );
      return makeData({ type: new FixedSizeBinary(16), ...common, data });
    }
    case 'Strings': {
      const lists = cells.map((cell) =>
        Array.isArray(cell) ? cell.filter((item) => Buffer.isBuffer(item)) : [],
      );
      const flat = lists.flat();
      const child = makeData({
        type: new Utf8(),
        length: flat.length,
        nullCount: 0,
        ...textParts(flat),
      });
      const listType = new List(new ArrowField('item', new Utf8()));
      return makeData({ type: listType, ...common, valueOffsets: offsetsOf(lists), child });
    }
    case 'Floats': {
      const lists = cells.map((cell) =>
        Array.isArray(cell) ? cell.filter((x) => typeof x === 'number') : [],
      );
      const flat = new Float64Array(lists.flat());
      const child = makeData({
        type: new Float64(),
        length: flat.length,
        nullCount: 0,
        data: flat,
      });
      const listType = new List(new ArrowField('item', new Float64()));
      return makeData({ type: listType, ...common, valueOffsets: offsetsOf(lists), child });
    }
  }
}

function textParts(texts: readonly Buffer[]): { valueOffsets: Int32Array; data: Buffer } {
  return { valueOffsets: offsetsOf(texts), data: Buffer.concat(texts) };
}

function offsetsOf(parts: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(parts.length + 1);
  for (const [i, { length }] of parts.entries()) offsets[i + 1] = (offsets[i] ?? 0) + length;
  return offsets;
}
