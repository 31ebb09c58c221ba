import { isUtf8 } from 'node:buffer';
import { FRESH_MEMORY, type Memory } from '../../../lib/buffer-pool.ts';
import { FLOAT_BYTES_MAX, writeFloat, writeUint, writeUint64 } from './write-number.ts';

const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');

/** The length of the longest form of one byte in a JSON string: `\\u00xx`. */
const ESCAPED_BYTE_MAX = 6;
/**
 * Additional room after the reserved bytes, for a word that a copy writes beyond its end, and for a
 * few single bytes.
 */
const SLACK = 64;

/**
 * By byte: 0 means no escape, 1 means `\\u00xx`, any other value is the letter after the backslash
 * (RFC 8259 §7).
 */
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

/** Bytes, and a view that reads them in words. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Bytes with a view of them. */
export function byteSource(bytes: Uint8Array): ByteSource {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/**
 * Writes text and numbers as bytes into one growing buffer. This is the hottest code of the
 * exporter. Most methods do not check the remaining room, so the caller must reserve it. It is a
 * class with public fields, so that the engine keeps one stable shape and inlines its methods.
 */
export class ByteWriter {
  /** The bytes written so far are `buffer[0..position)`. */
  buffer: Buffer;
  /** A view of the same bytes, for access in words. */
  view: DataView;
  position = 0;
  /** How many texts were not UTF-8 and had to be corrected. */
  mended = 0;
  readonly #memory: Memory;

  constructor(initialBytes: number, memory: Memory = FRESH_MEMORY) {
    this.#memory = memory;
    this.buffer = memory.take(initialBytes + SLACK);
    this.view = byteSource(this.buffer).view;
  }

  /** Makes room for `bytes` more bytes, and keeps the written bytes. */
  reserve(bytes: number): void {
    if (this.position + bytes + SLACK > this.buffer.length) this.#grow(bytes + SLACK);
  }

  #grow(bytes: number): void {
    const grown = this.#memory.take(Math.max(this.buffer.length * 2, this.position + bytes));
    this.buffer.copy(grown, 0, 0, this.position);
    grown.fill(0, this.position);
    this.#memory.give(this.buffer);
    this.buffer = grown;
    this.view = byteSource(grown).view;
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.buffer[this.position++] = value;
  }

  /** Copies bytes unchanged. */
  copy(source: Uint8Array): void {
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
   * Writes a finite double as Go's `FormatFloat(v, 'f', -1, 64)` does: the shortest decimal that
   * reads back as the same double, never with an exponent. It reserves its own room.
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
   * Writes `source.bytes[start..end)`, which should be UTF-8, as a JSON string with its quotes.
   * Each invalid byte sequence becomes U+FFFD (the WHATWG decoder's rule), so the result is always
   * valid JSON. It reserves its own room.
   */
  string(source: ByteSource, start: number, end: number): void {
    this.reserve((end - start) * ESCAPED_BYTE_MAX + 2);
    const { buffer, view, position: from } = this;
    const { bytes, view: words } = source;
    let position = from;
    let seen = 0;
    buffer[position++] = QUOTE;
    let i = start;
    for (const lastWord = end - 4; i <= lastWord; i += 4) {
      const word = words.getInt32(i, true);
      if (!hasSpecial(word)) {
        view.setInt32(position, word, true);
        position += 4;
        continue;
      }
      for (let j = i; j < i + 4; j++) {
        const byte = bytes[j] ?? 0;
        seen |= byte;
        if (ESCAPES[byte] === 0) buffer[position++] = byte;
        else position = writeEscape(buffer, position, byte);
      }
    }
    for (; i < end; i++) {
      const byte = bytes[i] ?? 0;
      seen |= byte;
      if (ESCAPES[byte] === 0) buffer[position++] = byte;
      else position = writeEscape(buffer, position, byte);
    }
    buffer[position++] = QUOTE;
    this.position = position;
    if (seen >= 0x80) this.#mendUtf8(from, bytes.subarray(start, end));
  }

  #mendUtf8(from: number, source: Uint8Array): void {
    if (isUtf8(source)) return;
    this.mended++;
    this.position = from;
    const mended = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(source));
    this.string(byteSource(mended), 0, mended.length);
  }
}

/**
 * True when one of the word's four bytes is a control character, a quote, a backslash or not ASCII. Each term finds
 * bytes below a bound by the borrow that they cause (Hacker's Delight, 6-1).
 */
function hasSpecial(word: number): boolean {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  const found =
    ((word - 0x20202020) & ~word) |
    ((quotes - 0x01010101) & ~quotes) |
    ((backslashes - 0x01010101) & ~backslashes) |
    word;
  return (found & 0x80808080) !== 0;
}

/**
 * Copies words of eight bytes, so it also writes up to seven bytes after the end, which the caller
 * overwrites. The engine's own methods cost ten times as much for short copies. The words are
 * copied as doubles. This is exact for UTF-8 and zeros: no eight of these bytes are a NaN, whose
 * bits an engine may change (0xff, and 0x7f after a byte of 0xf0 or more, never occur).
 *
 * @param source UTF-8, with zeros or other UTF-8 around it.
 * @returns the position after the copy.
 */
// eslint-disable-next-line max-params -- an object for each call would cost more than the copy
export function copyWords(
  to: DataView,
  at: number,
  source: DataView,
  start: number,
  length: number,
): number {
  const end = start + length;
  for (let i = start, j = at; i < end; i += 8, j += 8) {
    to.setFloat64(j, source.getFloat64(i, true), true);
  }
  return at + length;
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
