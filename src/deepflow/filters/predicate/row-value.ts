import type { Field } from '../../fields/fields.ts';
import { CUT_BY_SERVER, type FilterContext } from '../filter-value.ts';

/**
 * The value of a column in a row: an integer (a time in seconds or microseconds since the Unix
 * epoch, or the 32 bits of an IPv4 address), a fraction, text (an IPv6 address as canonical text),
 * or a list of texts or numbers. Null: NULL.
 */
export type RowValue = null | number | bigint | string | readonly string[] | readonly number[];

/** Returns the value of a column of the row. Undefined: the row's table lacks the column. */
export type Row = (column: string) => RowValue | undefined;

/**
 * How filters read the value of a field from a row, like `filterValue` for SQL:
 * - `number`: an integer, and its text for patterns
 * - `text`, `ipv6`: text; `texts`, `floats`: a list
 */
export type RowReading =
  | {
      readonly kind: 'number';
      readonly read: (row: Row) => bigint | number | null;
      readonly textOf: (value: bigint | number) => string;
    }
  | { readonly kind: 'text' | 'ipv6'; readonly read: (row: Row) => string | null }
  | { readonly kind: 'texts'; readonly read: (row: Row) => readonly string[] }
  | { readonly kind: 'floats'; readonly read: (row: Row) => readonly number[] };

const MAC_BITS = 48;
const WIDE_BITS = 64;

/**
 * Compiles how the value of a field is read from a row. The type of a workload, which rows do not
 * have, is 0.
 */
export function rowReading(field: Field, context: FilterContext): RowReading {
  const isPresent = field.isStored && context.missingColumns?.has(field.column) !== true;
  const valueOf = (row: Row): RowValue | undefined => (isPresent ? row(field.column) : undefined);
  const isCompatible = context.rules === 'Compatible';
  switch (field.form) {
    case 'uint':
    case 'int':
      return isCompatible && CUT_BY_SERVER.has(field.name)
        ? number(valueOf, (value) => BigInt.asIntN(32, BigInt(value)))
        : number(valueOf);
    case 'truncated':
      return number(valueOf, truncated);
    case 'unsigned32':
      return number(valueOf, (value) => BigInt.asUintN(32, BigInt(value)));
    case 'seconds':
    case 'micros':
      return number(valueOf);
    case 'ipv4':
      return number(valueOf, same, (value) => ipv4Text(Number(value)));
    case 'mac':
      return number(
        valueOf,
        isCompatible ? same : (value) => BigInt.asUintN(MAC_BITS, BigInt(value)),
        (value) => macText(BigInt(value)),
      );
    case 'workload_type':
      return number(() => 0);
    case 'organization':
      return number(() => context.organizationId);
    case 'string':
      return { kind: 'text', read: (row) => textOf(valueOf(row), '') };
    case 'ipv6':
      return { kind: 'ipv6', read: (row) => textOf(valueOf(row), '::') };
    case 'strings':
      return { kind: 'texts', read: (row) => listOf(valueOf(row), isText) };
    case 'floats':
      return { kind: 'floats', read: (row) => listOf(valueOf(row), isNumber) };
  }
}

type NumberReading = Extract<RowReading, { kind: 'number' }>;
type Change = (value: bigint | number) => bigint | number | null;

function number(
  valueOf: (row: Row) => RowValue | undefined,
  change: Change = same,
  text: NumberReading['textOf'] = String,
): NumberReading {
  return {
    kind: 'number',
    read: (row) => {
      const value = valueOf(row);
      if (value === null) return null;
      return typeof value === 'number' || typeof value === 'bigint' ? change(value) : 0;
    },
    textOf: text,
  };
}

const same: Change = (value) => value;
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

/**
 * The integer to which ClickHouse converts a fraction: truncated, and modulo 2^64 if it is
 * negative.
 */
function truncated(value: bigint | number): bigint | null {
  const whole = Math.trunc(Number(value));
  return Number.isFinite(whole) ? BigInt.asUintN(WIDE_BITS, BigInt(whole)) : null;
}

function ipv4Text(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

function macText(address: bigint): string {
  const hex = address.toString(16).padStart(12, '0').slice(-12);
  return hex.replaceAll(/(..)(?!$)/g, '$1:');
}

function textOf(value: RowValue | undefined, absent: string): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : absent;
}

function listOf<Element>(
  value: RowValue | undefined,
  isElement: (element: unknown) => element is Element,
): readonly Element[] {
  return Array.isArray(value) ? value.filter(isElement) : [];
}
