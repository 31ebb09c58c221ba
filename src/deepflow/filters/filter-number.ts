import { enumNames } from '../names/enums.ts';
import type { Field } from '../fields/fields.ts';

const LEAST = -(2n ** 63n);
const END = 2n ** 64n;

/**
 * The integers that the text of a filter means for a field of integers: a decimal number, an IPv4
 * or MAC address if the field holds one, or the English name of codes. Numbers of more than 64 bits
 * mean no integer. Undefined: the text is not valid for the field.
 */
export function filterNumbers(field: Field, text: string): readonly bigint[] | undefined {
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    return value >= LEAST && value < END ? [value] : [];
  }
  if (field.form === 'ipv4') return addressNumber(text);
  if (field.form === 'mac') return macNumber(text);
  const codes = filterCodes(field, text);
  return codes.length === 0 ? undefined : codes.map(BigInt);
}

/** The numbers among a filter's values, for a field of fractions. */
export function filterFloats(values: readonly string[]): readonly number[] {
  return values
    .filter((text) => text.trim() !== '')
    .map(Number)
    .filter(Number.isFinite);
}

/** The codes of a field's enum that have this English name. */
export function filterCodes(field: Field, name: string): readonly string[] {
  if (field.enum === undefined) return [];
  return [...enumNames(field.enum)].filter(([, known]) => known === name).map(([code]) => code);
}

function addressNumber(text: string): readonly bigint[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return [parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n)];
}

function macNumber(text: string): readonly bigint[] | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return [BigInt(`0x${text.replaceAll(':', '')}`)];
}
