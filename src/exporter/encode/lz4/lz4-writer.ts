import type { Memory } from '../../../lib/buffer-pool.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';

/** The greatest distance of a match (LZ4 block format). */
export const LZ4_OFFSET_MAX = 65_535;
/** The length of the shortest match (LZ4 block format). */
const MATCH_MIN = 4;
/** When a half of a token has this value, the length continues in further bytes. */
const TOKEN_MAX = 15;
const BYTE_MAX = 255;

/**
 * The frame header: magic number, version 1 with independent blocks, blocks of up to 4 MiB, its
 * checksum byte.
 */
const FRAME_HEADER = Buffer.from('04224d18607073', 'hex');
/** The size of the header and of the length of the only block. */
const FRAME_HEAD_BYTES = FRAME_HEADER.length + 4;
const FRAME_END_BYTES = 4;

/** The largest uncompressed block of a frame with this header. */
export const LZ4_BLOCK_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The most bytes that `bytes` uncompressed bytes can need, whatever the matches are: a match is
 * never longer than the bytes that it replaces, and long literals cost one byte in 255.
 */
export function lz4BytesMax(bytes: number): number {
  return bytes + (bytes >>> 7) + 16;
}

/**
 * Writes an LZ4 frame directly, without a compressor: the encoder knows which bytes the block
 * already contains and refers to them. Literals are written as with any `ByteWriter`, after a call
 * of `literals`; `logicalPosition` counts uncompressed bytes.
 *
 * A sequence is `token, literal length, literals, offset, match length`. Its literals are written
 * in place, after a token that is filled in when the match that ends the sequence is known.
 * Consecutive matches with the same offset become one match.
 */
export class Lz4Writer extends ByteWriter {
  /** Where the literals of the current sequence start. Its token is before them. */
  literalStart: number;
  /** The uncompressed position of `literalStart`. */
  base = 0;
  readonly #start: number;

  /** @param start where the frame starts in the buffer. */
  constructor(initialBytes: number, start: number, memory: Memory) {
    super(start + initialBytes, memory);
    this.#start = start;
    this.position = start + FRAME_HEAD_BYTES + 1;
    this.literalStart = this.position;
  }

  /** The position in the uncompressed block of the next byte. */
  get logicalPosition(): number {
    return this.base + this.position - this.literalStart;
  }

  /**
   * Ends the block and the frame. The literals of the last record are longer than the format
   * requires at the end.
   */
  finish(): void {
    const literals = this.position - this.literalStart;
    this.reserve(lz4BytesMax(literals) - literals + FRAME_END_BYTES);
    this.position = writeLiteralLength(this.view, this.literalStart, this.position);
    const lengthAt = this.#start + FRAME_HEADER.copy(this.buffer, this.#start);
    this.buffer.writeUInt32LE(this.position - this.#start - FRAME_HEAD_BYTES, lengthAt);
    this.position = this.buffer.writeUInt32LE(0, this.position);
  }
}

/**
 * Ends a sequence: fills in the token before its literals, which are `view[start..end)`, and writes
 * the match after them.
 *
 * @returns where the literals of the next sequence start, with room for its token before them.
 */
// eslint-disable-next-line max-params -- an object for each call would cost more than the rest
export function endSequence(
  view: DataView,
  start: number,
  end: number,
  offset: number,
  matchLength: number,
): number {
  const length = matchLength - MATCH_MIN;
  const literals = end - start;
  let at = end;
  if (literals < TOKEN_MAX) {
    view.setUint8(start - 1, (literals << 4) | (length < TOKEN_MAX ? length : TOKEN_MAX));
  } else {
    at = writeLiteralLength(view, start, end);
    view.setUint8(start - 1, (TOKEN_MAX << 4) | (length < TOKEN_MAX ? length : TOKEN_MAX));
  }
  view.setUint16(at, offset, true);
  at += 2;
  if (length >= TOKEN_MAX) at = writeExtension(view, at, length - TOKEN_MAX);
  return at + 1;
}

/**
 * Writes the token of literals without a match. If their length does not fit into the token, it
 * writes the rest before the literals. Returns their new end.
 */
function writeLiteralLength(view: DataView, start: number, end: number): number {
  const literals = end - start;
  view.setUint8(start - 1, Math.min(literals, TOKEN_MAX) << 4);
  if (literals < TOKEN_MAX) return end;
  const room = 1 + Math.floor((literals - TOKEN_MAX) / BYTE_MAX);
  moveUp(view, { start, end }, room);
  writeExtension(view, start, literals - TOKEN_MAX);
  return end + room;
}

/**
 * Moves bytes up by a few positions, word by word from the end: the engine's own method is slower
 * for short ranges.
 */
function moveUp(
  view: DataView,
  { start, end }: { readonly start: number; readonly end: number },
  by: number,
): void {
  let at = end - 4;
  for (; at >= start; at -= 4) view.setInt32(at + by, view.getInt32(at, true), true);
  for (let i = at + 3; i >= start; i--) view.setUint8(i + by, view.getUint8(i));
}

function writeExtension(view: DataView, at: number, rest: number): number {
  let position = at;
  let left = rest;
  while (left >= BYTE_MAX) {
    view.setUint8(position++, BYTE_MAX);
    left -= BYTE_MAX;
  }
  view.setUint8(position++, left);
  return position;
}
