import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import { ipv6Text } from '../../../lib/net/ipv6-text.ts';
import { parseIpv4, parseIpv6 } from '../../../lib/net/parse-ipv6.ts';
import type { TimeReader } from './parse-time.ts';

/** Converts a JSON value into a value of a column. Undefined: it does not fit. */
export type ValueReader<Value extends RowValue = RowValue> = (json: unknown) => Value | undefined;

const MICROS = 1_000_000n;
/**
 * Earlier times are not read. 100 million seconds since 1970 are a time of 1973, and so are as many
 * microseconds times a million. So a number in another unit is not mistaken for a time of 1970.
 */
const SECONDS_MIN = 100_000_000n;
const SECONDS_MAX = 2n ** 32n - 1n;
const MICROS_MAX = 2n ** 63n - 1n;
const INTEGER = /^-?\d{1,20}$/;

/** Reads integers as numbers or as text, since many parsers round large numbers. */
export function integerValue(min: bigint, max: bigint): ValueReader<number | bigint> {
  const [low, high] = [Number(min), Number(max)];
  return (json) => {
    if (typeof json === 'number') {
      return Number.isSafeInteger(json) && json >= low && json <= high ? json : undefined;
    }
    if (typeof json !== 'string' || !INTEGER.test(json)) return undefined;
    const value = BigInt(json);
    if (value < min || value > max) return undefined;
    const short = Number(value);
    return Number.isSafeInteger(short) ? short : value;
  };
}

const FLOAT_WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/**
 * Reads numbers. Large integers may be text, and so may the words with which ClickHouse prints NaN
 * and infinities.
 */
export const floatValue: ValueReader<number> = (json) => {
  if (typeof json === 'number') return json;
  if (json === null) return Number.NaN;
  if (typeof json !== 'string') return undefined;
  return /^-?\d+(\.\d+)?$/.test(json) ? Number(json) : FLOAT_WORDS[json];
};

/** Reads text. An integer is read as its digits, as in ClickHouse. */
export const textValue: ValueReader<string> = (json) => {
  if (typeof json === 'string') return json;
  return Number.isSafeInteger(json) ? String(json) : undefined;
};

/** Reads lists of values that `read` accepts. */
export function listValue<Element extends string | number>(
  read: ValueReader<Element>,
): ValueReader<readonly Element[] & RowValue> {
  return (json) => {
    if (!Array.isArray(json)) return undefined;
    const values = json.flatMap((element) => read(element) ?? []);
    return values.length === json.length ? (values as Element[] & RowValue) : undefined;
  };
}

/** Reads addresses as dotted text, or as a 32-bit number. */
export const ipv4Value: ValueReader<number> = (json) => {
  if (typeof json === 'string') return parseIpv4(json);
  return typeof json === 'number' && Number.isInteger(json) && json >= 0 && json < 2 ** 32
    ? json
    : undefined;
};

/** Reads addresses in any notation, and returns their canonical text. */
export const addressValue: ValueReader<string> = (json) => {
  if (json === '::') return json;
  const bytes = typeof json === 'string' ? parseIpv6(json) : undefined;
  return bytes === undefined ? undefined : ipv6Text(bytes, 0);
};

/** Reads times from text or from seconds, as seconds since the Unix epoch. */
export function secondsValue(readTime: TimeReader): ValueReader<number> {
  const read = timeValue(readTime, (micros) => micros / MICROS, SECONDS_MAX);
  return (json) => {
    const seconds = read(json);
    return seconds === undefined || seconds < SECONDS_MIN ? undefined : Number(seconds);
  };
}

/**
 * Reads times from text or from microseconds, as microseconds since the Unix epoch. 0 means that the
 * time is not known.
 */
export function microsValue(readTime: TimeReader): ValueReader<bigint> {
  const read = timeValue(readTime, (micros) => micros, MICROS_MAX);
  return (json) => {
    const micros = read(json);
    const isTime = micros === 0n || (micros ?? 0n) >= SECONDS_MIN * MICROS;
    return isTime ? micros : undefined;
  };
}

function timeValue(
  readTime: TimeReader,
  fromMicros: (micros: bigint) => bigint,
  max: bigint,
): ValueReader<bigint> {
  const count = integerValue(-max, max);
  return (json) => {
    const counted = count(json);
    if (counted !== undefined) return BigInt(counted);
    const micros = typeof json === 'string' ? readTime(json) : undefined;
    const value = micros === undefined ? undefined : fromMicros(micros);
    return value !== undefined && value <= max ? value : undefined;
  };
}
