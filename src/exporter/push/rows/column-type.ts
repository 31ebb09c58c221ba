import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import { type Field, fieldsOf } from '../../../deepflow/fields/fields.ts';
import type { DataSource } from '../../../deepflow/data-sources.ts';
import { unreachable } from '../../../lib/assert.ts';
import type { TimeReader } from './parse-time.ts';
import {
  addressValue,
  floatValue,
  integerValue,
  ipv4Value,
  listValue,
  microsValue,
  secondsValue,
  textValue,
  type ValueReader,
} from './value-readers.ts';

/** How the values of a column are stored. */
export type Storage =
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float'
  | 'text'
  | 'texts'
  | 'floats'
  | 'address';

/** A column of a data source's table. */
export interface ColumnType {
  readonly name: string;
  readonly storage: Storage;
  /** Converts the JSON value of a line. Undefined: it does not fit. */
  readonly read: ValueReader;
  /** What a value must be, as the end of an error message. */
  readonly expected: string;
  /** The value when a line has no value. */
  readonly absent: RowValue;
  /** The value when a line has null. */
  readonly null: RowValue;
}

/** The columns of a data source's table that records or filters can use, by name. */
export function columnTypes(
  dataSource: DataSource,
  readTime: TimeReader,
): ReadonlyMap<string, ColumnType> {
  const columns = new Map<string, ColumnType>();
  for (const field of fieldsOf(dataSource)) {
    const { column, isStored, nullable } = field;
    const form = formOf(field, readTime);
    if (!isStored || form === undefined || columns.has(column)) continue;
    const absent = nullable === true ? null : ZEROS[form.storage];
    // ClickHouse prints NaN, which JSON does not have, as null.
    const ofNull = nullable !== true && form.storage === 'float' ? Number.NaN : absent;
    columns.set(column, { ...form, name: column, absent, null: ofNull });
  }
  return columns;
}

const ZEROS: Readonly<Record<Storage, RowValue>> = {
  uint32: 0,
  int32: 0,
  uint64: 0,
  int64: 0,
  float: 0,
  text: '',
  texts: [],
  floats: [],
  address: '::',
};

type ColumnForm = Pick<ColumnType, 'storage' | 'read' | 'expected'>;

/** Undefined: the field has no column of its own. */
function formOf({ form, bits }: Field, readTime: TimeReader): ColumnForm | undefined {
  switch (form) {
    case 'uint':
      return integer('uint', bits ?? 64);
    case 'int':
      return integer('int', bits ?? 64);
    case 'unsigned32':
      return integer('int', 32);
    case 'mac':
      return integer('uint', 64);
    case 'truncated':
      return { storage: 'float', read: floatValue, expected: 'a number' };
    case 'seconds':
      return {
        storage: 'uint32',
        read: secondsValue(readTime),
        expected: 'a time such as "2026-01-31 08:00:00", or seconds since 1970, after 1973',
      };
    case 'micros':
      return {
        storage: 'int64',
        read: microsValue(readTime),
        expected:
          'a time such as "2026-01-31 08:00:00.123456", or microseconds since 1970, after 1973',
      };
    case 'ipv4':
      return { storage: 'uint32', read: ipv4Value, expected: 'an IPv4 address' };
    case 'ipv6':
      return { storage: 'address', read: addressValue, expected: 'an IPv6 address' };
    case 'string':
      return { storage: 'text', read: textValue, expected: 'text' };
    case 'strings':
      return { storage: 'texts', read: listValue(textValue), expected: 'a list of texts' };
    case 'floats':
      return { storage: 'floats', read: listValue(floatValue), expected: 'a list of numbers' };
    case 'workload_type':
    case 'organization':
      return undefined;
    default:
      return unreachable(form);
  }
}

function integer(sign: 'uint' | 'int', bits: 8 | 16 | 32 | 64): ColumnForm {
  const [min, max] =
    sign === 'uint'
      ? [0n, 2n ** BigInt(bits) - 1n]
      : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  return {
    storage: `${sign}${bits === 64 ? 64 : 32}`,
    read: integerValue(min, max),
    expected: `an integer of ${min} to ${max}`,
  };
}
