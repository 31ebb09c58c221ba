import {
  type Data,
  Field,
  FixedSizeBinary,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import { assert, unreachable } from '../../../lib/assert.ts';
import { parseIpv6 } from '../../../lib/net/parse-ipv6.ts';
import type { Storage } from './column-type.ts';

/** Collects the values of a column. */
export interface ColumnBuilder {
  /** Adds the next row's value, which must fit the column. */
  append(value: RowValue): void;
  /** Returns the column of all rows so far. The builder must not be used afterwards. */
  finish(): Data;
}

/** Makes a builder of an empty column. */
export function columnBuilder(storage: Storage): ColumnBuilder {
  switch (storage) {
    case 'uint32':
      return new FixedBuilder(UINT32);
    case 'int32':
      return new FixedBuilder(INT32);
    case 'float':
      return new FixedBuilder(FLOAT);
    case 'uint64':
      return new FixedBuilder(UINT64);
    case 'int64':
      return new FixedBuilder(INT64);
    case 'text':
      return new TextBuilder();
    case 'texts':
      return new ListBuilder(new TextBuilder(), TEXTS);
    case 'floats':
      return new ListBuilder(new FixedBuilder(FLOAT), FLOATS);
    case 'address':
      return new AddressBuilder();
    default:
      return unreachable(storage);
  }
}

/** The bytes of a row in a column, without the contents of texts and lists. */
export function bytesOfRow(storage: Storage): number {
  switch (storage) {
    case 'uint32':
    case 'int32':
    case 'text':
    case 'texts':
    case 'floats':
      return 4;
    case 'float':
    case 'uint64':
    case 'int64':
      return 8;
    case 'address':
      return 16;
    default:
      return unreachable(storage);
  }
}

/** The initial capacity in rows. It is small, since most pushes are small. */
const ROWS = 64;

/** Counts rows, and records which of them are NULL. */
class Nulls {
  rows = 0;
  count = 0;
  #bits = new Uint8Array(ROWS / 8);

  add(isNull: boolean): void {
    const row = this.rows++;
    const byte = row >> 3;
    if (byte >= this.#bits.length) this.#bits = doubled(this.#bits, new Uint8Array(2 * byte));
    if (isNull) this.count++;
    else this.#bits[byte] = (this.#bits[byte] ?? 0) | (1 << (row & 7));
  }

  /** The null information that Arrow needs. */
  get data(): {
    readonly length: number;
    readonly nullCount: number;
    readonly nullBitmap?: Uint8Array;
  } {
    const { rows: length, count: nullCount } = this;
    return nullCount === 0 ? { length, nullCount } : { length, nullCount, nullBitmap: this.#bits };
  }
}

interface Growable<Self> {
  readonly length: number;
  set(values: Self): void;
  subarray(start: number, end: number): Self;
}

function doubled<Values extends Growable<Values>>(values: Values, into: Values): Values {
  into.set(values);
  return into;
}

/** A typed array, and how values are written into it. */
interface FixedForm<Values extends Growable<Values>> {
  readonly create: (length: number) => Values;
  readonly put: (values: Values, row: number, value: RowValue) => void;
  readonly data: (values: Values, nulls: Nulls['data']) => Data;
}

class FixedBuilder<Values extends Growable<Values>> implements ColumnBuilder {
  readonly #nulls = new Nulls();
  readonly #form: FixedForm<Values>;
  #values: Values;

  constructor(form: FixedForm<Values>) {
    this.#form = form;
    this.#values = form.create(ROWS);
  }

  append(value: RowValue): void {
    const row = this.#nulls.rows;
    this.#nulls.add(value === null);
    if (row >= this.#values.length) {
      this.#values = doubled(this.#values, this.#form.create(2 * row));
    }
    if (value !== null) this.#form.put(this.#values, row, value);
  }

  finish(): Data {
    const { rows, data } = this.#nulls;
    return this.#form.data(this.#values.subarray(0, rows), data);
  }
}

function putNumber(
  values: Uint32Array | Int32Array | Float64Array,
  row: number,
  value: RowValue,
): void {
  assert(typeof value === 'number', 'a column of numbers holds numbers');
  values[row] = value;
}

function putWide(values: BigUint64Array | BigInt64Array, row: number, value: RowValue): void {
  assert(
    typeof value === 'number' || typeof value === 'bigint',
    'a column of integers holds integers',
  );
  values[row] = BigInt(value);
}

const UINT32: FixedForm<Uint32Array> = {
  create: (length) => new Uint32Array(length),
  put: putNumber,
  data: (data, nulls) => makeData({ ...nulls, type: new Uint32(), data }),
};

const INT32: FixedForm<Int32Array> = {
  create: (length) => new Int32Array(length),
  put: putNumber,
  data: (data, nulls) => makeData({ ...nulls, type: new Int32(), data }),
};

const FLOAT: FixedForm<Float64Array> = {
  create: (length) => new Float64Array(length),
  put: putNumber,
  data: (data, nulls) => makeData({ ...nulls, type: new Float64(), data }),
};

const UINT64: FixedForm<BigUint64Array> = {
  create: (length) => new BigUint64Array(length),
  put: putWide,
  data: (data, nulls) => makeData({ ...nulls, type: new Uint64(), data }),
};

const INT64: FixedForm<BigInt64Array> = {
  create: (length) => new BigInt64Array(length),
  put: putWide,
  data: (data, nulls) => makeData({ ...nulls, type: new Int64(), data }),
};

/** The most bytes that a UTF-16 code unit needs in UTF-8. */
const UTF8_MAX = 3;

class TextBuilder implements ColumnBuilder {
  readonly #nulls = new Nulls();
  #offsets = new Int32Array(ROWS + 1);
  #bytes = Buffer.alloc(0);

  append(value: RowValue): void {
    const row = this.#nulls.rows;
    this.#nulls.add(value === null);
    if (row + 1 >= this.#offsets.length) {
      this.#offsets = doubled(this.#offsets, new Int32Array(2 * this.#offsets.length));
    }
    const start = this.#offsets[row] ?? 0;
    const text = typeof value === 'string' ? value : '';
    const end = start + text.length * UTF8_MAX;
    if (end > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], Math.max(end, 2 * this.#bytes.length));
    }
    this.#offsets[row + 1] = start + this.#bytes.write(text, start);
  }

  finish(): Data {
    const { rows } = this.#nulls;
    const valueOffsets = this.#offsets.subarray(0, rows + 1);
    const data = this.#bytes.subarray(0, valueOffsets[rows]);
    return makeData({ ...this.#nulls.data, type: new Utf8(), valueOffsets, data });
  }
}

/** Makes a list column from its parts. */
type ListForm = (parts: {
  readonly length: number;
  readonly nullCount: 0;
  readonly valueOffsets: Int32Array;
  readonly child: Data;
}) => Data;

const TEXTS: ListForm = (parts) =>
  makeData({ ...parts, type: new List(new Field('item', new Utf8())) });
const FLOATS: ListForm = (parts) =>
  makeData({ ...parts, type: new List(new Field('item', new Float64())) });

class ListBuilder implements ColumnBuilder {
  readonly #elements: ColumnBuilder;
  readonly #form: ListForm;
  #offsets = new Int32Array(ROWS + 1);
  #rows = 0;

  constructor(elements: ColumnBuilder, form: ListForm) {
    this.#elements = elements;
    this.#form = form;
  }

  append(value: RowValue): void {
    const list: readonly RowValue[] = Array.isArray(value) ? value : [];
    for (const element of list) this.#elements.append(element);
    const end = (this.#offsets[this.#rows] ?? 0) + list.length;
    this.#rows++;
    if (this.#rows >= this.#offsets.length) {
      this.#offsets = doubled(this.#offsets, new Int32Array(2 * this.#offsets.length));
    }
    this.#offsets[this.#rows] = end;
  }

  finish(): Data {
    return this.#form({
      length: this.#rows,
      nullCount: 0,
      valueOffsets: this.#offsets.subarray(0, this.#rows + 1),
      child: this.#elements.finish(),
    });
  }
}

const ADDRESS_BYTES = 16;

class AddressBuilder implements ColumnBuilder {
  #bytes = new Uint8Array(ROWS * ADDRESS_BYTES);
  #rows = 0;

  append(value: RowValue): void {
    const at = this.#rows++ * ADDRESS_BYTES;
    if (at >= this.#bytes.length) this.#bytes = doubled(this.#bytes, new Uint8Array(2 * at));
    if (value === '::') return;
    const address = typeof value === 'string' ? parseIpv6(value) : undefined;
    assert(address !== undefined, 'a column of addresses holds addresses');
    this.#bytes.set(address, at);
  }

  finish(): Data {
    return makeData({
      type: new FixedSizeBinary(ADDRESS_BYTES),
      length: this.#rows,
      nullCount: 0,
      data: this.#bytes.subarray(0, this.#rows * ADDRESS_BYTES),
    });
  }
}
