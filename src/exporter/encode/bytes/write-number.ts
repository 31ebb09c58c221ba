const ZERO = 0x30;
const BILLION = 1_000_000_000;

/**
 * Writes an unsigned integer of up to 2^53 - 1 as decimal text: at most 16 bytes. The caller
 * reserves room.
 *
 * @returns the position after the number, like every function here.
 */
export function writeUint(out: Buffer, at: number, value: number): number {
  if (value < 10) {
    out[at] = ZERO + value;
    return at + 1;
  }
  if (value < BILLION) return writeDigits(out, at + decimalLength(value), value);
  const high = Math.floor(value / BILLION);
  return writeNine(out, writeUint(out, at, high), value - high * BILLION);
}

/** Writes an unsigned integer of 2^53 and above, given as two unsigned halves: at most 20 bytes. */
export function writeUint64(
  place: { readonly out: Buffer; readonly at: number },
  high: number,
  low: number,
): number {
  const { out, at } = place;
  // Long division by 10^9 in three steps. It is exact, since every dividend is below 2^53.
  const q1 = Math.floor(high / BILLION);
  const second = (high - q1 * BILLION) * 0x1_0000 + (low >>> 16);
  const q2 = Math.floor(second / BILLION);
  const third = (second - q2 * BILLION) * 0x1_0000 + (low & 0xffff);
  const q3 = Math.floor(third / BILLION);
  const quotient = (q1 * 0x1_0000 + q2) * 0x1_0000 + q3;
  return writeNine(out, writeUint(out, at, quotient), third - q3 * BILLION);
}

/**
 * Writes a finite double as Go's `FormatFloat(v, 'f', -1, 64)` does: the shortest decimal that reads back
 * as the same double, never with an exponent. At most 330 bytes.
 */
export function writeFloat(out: Buffer, at: number, value: number): number {
  if (value > 0 && Number.isSafeInteger(value)) return writeUint(out, at, value);
  const text = Object.is(value, -0) ? '-0' : withoutExponent(String(value));
  return at + out.write(text, at, 'latin1');
}

/** The length of the longest text that `writeFloat` writes. */
export const FLOAT_BYTES_MAX = 330;

/** Writes an integer of at most nine digits backwards, up to `end`. */
function writeDigits(out: Buffer, end: number, value: number): number {
  let at = end;
  let rest = value | 0;
  do {
    const next = (rest / 10) | 0;
    out[--at] = ZERO + rest - next * 10;
    rest = next;
  } while (rest > 0);
  return end;
}

/** Writes an integer below 10^9 with leading zeros. */
function writeNine(out: Buffer, at: number, value: number): number {
  let rest = value | 0;
  for (let i = at + 8; i >= at; i--) {
    const next = (rest / 10) | 0;
    out[i] = ZERO + rest - next * 10;
    rest = next;
  }
  return at + 9;
}

function decimalLength(value: number): number {
  if (value < 100) return 2;
  if (value < 1_000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  return 9;
}

/** Converts JavaScript's forms `1.5e-7` and `1e+21` to a decimal without an exponent. */
function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponentText = '0'] = match;
  const digits = first + rest;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, '0')}`;
}
