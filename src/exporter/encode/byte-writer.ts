import { isUtf8 } from 'node:buffer';
import { assert } from '../../lib/assert.ts';

const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');

/** JSON's short escapes by byte, 0 where a byte has none (RFC 8259 §7). */
const SHORT_ESCAPES = new Uint8Array(256);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  SHORT_ESCAPES[byte] = letter.charCodeAt(0);
}

/**
 * Writes text and numbers as bytes into one growing buffer. The hot path of the exporter: a class with
 * public fields, so that the engine keeps one stable shape and inlines its methods.
 */
export class ByteWriter {
  /** The bytes written so far are `buffer[0..position)`. */
  buffer: Buffer;
  position = 0;

  constructor(initialBytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Makes room for `bytes` more; the written bytes stay. */
  ensure(bytes: number): void {
    if (this.position + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.ensure(1);
    this.buffer[this.position++] = value;
  }

  /** Copies bytes as they are. */
  bytes(source: Uint8Array): void {
    const length = source.length;
    this.ensure(length);
    const { buffer, position } = this;
    // Below about 48 bytes a loop is faster than the call into native code.
    if (length < 48) {
      for (let i = 0; i < length; i++) buffer[position + i] = source[i] ?? 0;
    } else {
      buffer.set(source, position);
    }
    this.position = position + length;
  }

  /** Writes an integer of -(2^53 - 1) to 2^53 - 1 in decimal. */
  integer(value: number): void {
    assert(Number.isSafeInteger(value), 'integer() takes safe integers');
    if (value < 0) {
      this.byte(0x2d);
      this.#digits(-value);
    } else {
      this.#digits(value);
    }
  }

  /** Writes an unsigned 64-bit integer, given as two unsigned 32-bit halves, in decimal. */
  uint64(high: number, low: number): void {
    if (high < 0x20_0000) {
      this.#digits(high * 0x1_0000_0000 + low);
      return;
    }
    // Long division by 10^9 over limbs of 16 bits: each step stays below 2^53, so it is exact.
    const billion = 1_000_000_000;
    let rest = (high >>> 16) % billion;
    let quotient = 0;
    for (const limb of [high & 0xffff, low >>> 16, low & 0xffff]) {
      const dividend = rest * 0x1_0000 + limb;
      const step = Math.floor(dividend / billion);
      rest = dividend - step * billion;
      quotient = quotient * 0x1_0000 + step;
    }
    this.#digits(quotient);
    this.#padded(rest, 9);
  }

  /** Writes a signed 64-bit integer (two's complement halves) in decimal. */
  int64(high: number, low: number): void {
    if (high >= 0x8000_0000) {
      this.byte(0x2d);
      const negatedLow = (~low + 1) >>> 0;
      const negatedHigh = (~high + (negatedLow === 0 ? 1 : 0)) >>> 0;
      this.uint64(negatedHigh, negatedLow);
    } else {
      this.uint64(high, low);
    }
  }

  /**
   * Writes a finite double as Go's `FormatFloat(v, 'f', -1, 64)` does: the shortest decimal that reads
   * back as the same double, never with an exponent.
   */
  float(value: number): void {
    assert(Number.isFinite(value), 'float() takes finite numbers');
    if (Object.is(value, -0)) {
      this.bytes(Buffer.from('-0'));
    } else if (Number.isSafeInteger(value)) {
      this.integer(value);
    } else {
      this.bytes(Buffer.from(withoutExponent(String(value))));
    }
  }

  /** Writes an IPv4 address, given as its 32-bit number, as a dotted quad. */
  ipv4(address: number): void {
    this.#digits(address >>> 24);
    for (const shift of [16, 8, 0]) {
      this.byte(0x2e);
      this.#digits((address >>> shift) & 0xff);
    }
  }

  /** Writes the lowest `count` hexadecimal digits of a 32-bit number, in lower case. */
  hex(value: number, count: number): void {
    this.ensure(count);
    for (let shift = (count - 1) * 4; shift >= 0; shift -= 4) {
      this.buffer[this.position++] = HEX[(value >>> shift) & 0xf] ?? ZERO;
    }
  }

  /**
   * Writes `source[start..end)`, which should be UTF-8, as a JSON string with its quotes. Each invalid
   * byte sequence becomes U+FFFD (the WHATWG decoder's rule), so the result is always valid JSON.
   */
  jsonString(source: Uint8Array, start: number, end: number): void {
    // The longest escape of one byte is six bytes: \u00xx.
    this.ensure((end - start) * 6 + 2);
    const from = this.position;
    const buffer = this.buffer;
    let position = from;
    let seen = 0;
    buffer[position++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = source[i] ?? 0;
      seen |= byte;
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
        buffer[position++] = byte;
      } else {
        position = writeEscape(buffer, position, byte);
      }
    }
    buffer[position++] = QUOTE;
    this.position = position;
    if (seen >= 0x80) this.#mendUtf8(from, source.subarray(start, end));
  }

  #mendUtf8(from: number, source: Uint8Array): void {
    if (isUtf8(source)) return;
    this.position = from;
    const mended = Buffer.from(new TextDecoder().decode(source));
    this.jsonString(mended, 0, mended.length);
  }

  #digits(value: number): void {
    if (value >= 1_000_000_000) {
      const high = Math.floor(value / 1_000_000_000);
      this.#digits(high);
      this.#padded(value - high * 1_000_000_000, 9);
    } else {
      this.#padded(value, decimalLength(value));
    }
  }

  #padded(value: number, length: number): void {
    this.ensure(length);
    const { buffer } = this;
    let rest = value;
    for (let i = this.position + length - 1; i >= this.position; i--) {
      const next = (rest / 10) | 0;
      buffer[i] = ZERO + rest - next * 10;
      rest = next;
    }
    this.position += length;
  }
}

function writeEscape(buffer: Buffer, at: number, byte: number): number {
  let position = at;
  buffer[position++] = BACKSLASH;
  const short = SHORT_ESCAPES[byte] ?? 0;
  if (short !== 0) {
    buffer[position++] = short;
    return position;
  }
  buffer[position++] = 0x75;
  buffer[position++] = ZERO;
  buffer[position++] = ZERO;
  buffer[position++] = HEX[byte >>> 4] ?? ZERO;
  buffer[position++] = HEX[byte & 0xf] ?? ZERO;
  return position;
}

function decimalLength(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1_000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  if (value < 1_000_000) return 6;
  if (value < 10_000_000) return 7;
  if (value < 100_000_000) return 8;
  return 9;
}

/** Moves the decimal point of JavaScript's `1.5e-7` and `1e+21` forms to where the exponent says. */
function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponentText = '0'] = match;
  const digits = first + rest;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, '0')}`;
}
