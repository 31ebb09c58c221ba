import { isUtf8 } from 'node:buffer';
import { FLOAT_BYTES_MAX, writeFloat, writeUint, writeUint64 } from './write-number.ts';

const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');

/** Longest form of one byte in a JSON string: `\\u00xx`. */
const ESCAPED_BYTE_MAX = 6;

/** By byte: 0 stands for itself, 1 needs `\\u00xx`, else the letter behind the backslash (RFC 8259 §7). */
const ESCAPES = new Uint8Array(256).fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  ESCAPES[byte] = letter.charCodeAt(0);
}

/**
 * Writes text and numbers as bytes into one growing buffer. The hottest code of the exporter: numbers and
 * addresses are written without a look at the room that is left, so the caller reserves it. A class with
 * public fields, so that the engine keeps one stable shape and inlines its methods.
 */
export class ByteWriter {
  /** The bytes written so far are `buffer[0..position)`. */
  buffer: Buffer;
  position = 0;

  readonly #slack: number;

  /**
   * @param slack room that is left behind whatever `reserve` made room for: all that the methods without a
   *   room of their own may write between two of its calls.
   */
  constructor(initialBytes: number, slack: number) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes + slack);
    this.#slack = slack;
  }

  /** Makes room for `bytes` more, and the slack behind them; the written bytes stay. */
  reserve(bytes: number): void {
    if (this.position + bytes + this.#slack > this.buffer.length) this.#grow(bytes + this.#slack);
  }

  #grow(bytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.buffer[this.position++] = value;
  }

  /** Copies bytes as they are. */
  copy(source: Buffer): void {
    this.buffer.set(source, this.position);
    this.position += source.length;
  }

  /** Writes an unsigned integer of up to 2^53 - 1 in decimal: at most 16 bytes. */
  uint(value: number): void {
    this.position = writeUint(this.buffer, this.position, value);
  }

  /** Writes an integer of -(2^53 - 1) to 2^53 - 1 in decimal: at most 17 bytes. */
  int(value: number): void {
    if (value < 0) this.byte(MINUS);
    this.uint(Math.abs(value));
  }

  /** Writes an unsigned 64-bit integer, given as two unsigned halves: at most 20 bytes. */
  uint64(high: number, low: number): void {
    const { buffer, position } = this;
    this.position =
      high < 0x20_0000
        ? writeUint(buffer, position, high * 0x1_0000_0000 + low)
        : writeUint64({ out: buffer, at: position }, high, low);
  }

  /** Writes a signed 64-bit integer, given as the halves of its two's complement: at most 20 bytes. */
  int64(high: number, low: number): void {
    if (high < 0x8000_0000) {
      this.uint64(high, low);
      return;
    }
    this.byte(MINUS);
    const negatedLow = -low >>> 0;
    this.uint64((~high + (negatedLow === 0 ? 1 : 0)) >>> 0, negatedLow);
  }

  /**
   * Writes a finite double as Go's `FormatFloat(v, 'f', -1, 64)` does: the shortest decimal that reads back
   * as the same double, never with an exponent. Makes its own room.
   */
  float(value: number): void {
    this.reserve(FLOAT_BYTES_MAX);
    this.position = writeFloat(this.buffer, this.position, value);
  }

  /** Writes an IPv4 address, given as its 32-bit number, as a dotted quad in quotes: at most 17 bytes. */
  ipv4(address: number): void {
    this.byte(QUOTE);
    for (let shift = 24; shift >= 0; shift -= 8) {
      if (shift < 24) this.byte(DOT);
      this.uint((address >>> shift) & 0xff);
    }
    this.byte(QUOTE);
  }

  /** Writes the lower 48 bits of an integer as a MAC address in quotes: 19 bytes. */
  mac(high: number, low: number): void {
    this.byte(QUOTE);
    this.#hexByte((high >>> 8) & 0xff);
    this.byte(COLON);
    this.#hexByte(high & 0xff);
    for (let shift = 24; shift >= 0; shift -= 8) {
      this.byte(COLON);
      this.#hexByte((low >>> shift) & 0xff);
    }
    this.byte(QUOTE);
  }

  #hexByte(value: number): void {
    this.byte(HEX[value >>> 4] ?? ZERO);
    this.byte(HEX[value & 0xf] ?? ZERO);
  }

  /**
   * Writes `source[start..end)`, which should be UTF-8, as a JSON string with its quotes. Each invalid byte
   * sequence becomes U+FFFD (the WHATWG decoder's rule), so the result is always valid JSON. Makes its own
   * room.
   */
  string(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * ESCAPED_BYTE_MAX + 2);
    const { buffer, position: from } = this;
    let position = from;
    let seen = 0;
    buffer[position++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = source[i] ?? 0;
      seen |= byte;
      if (ESCAPES[byte] === 0) buffer[position++] = byte;
      else position = writeEscape(buffer, position, byte);
    }
    buffer[position++] = QUOTE;
    this.position = position;
    if (seen >= 0x80) this.#mendUtf8(from, source.subarray(start, end));
  }

  #mendUtf8(from: number, source: Uint8Array): void {
    if (isUtf8(source)) return;
    this.position = from;
    const mended = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(source));
    this.string(mended, 0, mended.length);
  }
}

function writeEscape(out: Buffer, at: number, byte: number): number {
  const escape = ESCAPES[byte] ?? 1;
  out[at] = BACKSLASH;
  if (escape !== 1) {
    out[at + 1] = escape;
    return at + 2;
  }
  out[at + 1] = 0x75;
  out[at + 2] = ZERO;
  out[at + 3] = ZERO;
  out[at + 4] = HEX[byte >>> 4] ?? ZERO;
  out[at + 5] = HEX[byte & 0xf] ?? ZERO;
  return at + 6;
}
