import { assert } from '../../lib/assert.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Snippet } from './name-tables.ts';

/** Farthest place that a match may refer to (LZ4 block format). */
const OFFSET_MAX = 65_535;
/** Shortest match (LZ4 block format). */
const MATCH_MIN = 4;
/** A match of a snippet shorter than this saves nothing over its bytes. */
const SNIPPET_MIN = 6;
/** Values of the two halves of a token from which on the length goes on in further bytes. */
const TOKEN_MAX = 15;
const BYTE_MAX = 255;

/** Frame header: magic number, version 1 with independent blocks, blocks of up to 4 MiB, its checksum byte. */
const FRAME_HEADER = Buffer.from('04224d18607073', 'hex');
/** The header and the length of the one block. */
const FRAME_HEAD_BYTES = FRAME_HEADER.length + 4;
const FRAME_END_BYTES = 4;

/** Largest uncompressed block of a frame with this header. */
export const BLOCK_BYTES_MAX = 4 * 1024 * 1024;

let lastEpoch = 0;

/**
 * Writes an LZ4 frame directly, without a compressor: the encoder knows which bytes stand elsewhere already
 * and refers to them. Literals are written as with any `ByteWriter`, after a call of `literals`; positions of
 * `match` and `logicalPosition` count uncompressed bytes.
 *
 * A sequence is `token, literal length, literals, offset, match length`. Its literals are written in place
 * behind a token that is filled in when the match that ends the sequence is known; matches that follow each
 * other with the same offset become one.
 */
export class Lz4Writer extends ByteWriter {
  /** Where the literals of the sequence under way start; its token stands before them. */
  #literalStart: number;
  /** Uncompressed position of `#literalStart`. */
  #base = 0;
  /** The match that ends the sequence under way; a length of 0: none yet. */
  #matchOffset = 0;
  #matchLength = 0;
  #epoch: number;
  #marked = Buffer.allocUnsafeSlow(256);
  #markedBytes = 0;
  #markedStart = 0;
  #markedBase = 0;
  /** A place among the literals that moves with them when a sequence's length needs room. */
  trackedPosition = 0;

  constructor(initialBytes: number, slack: number) {
    super(initialBytes, slack);
    this.position = FRAME_HEAD_BYTES + 1;
    this.#literalStart = this.position;
    this.#epoch = ++lastEpoch;
  }

  /** Position in the uncompressed block of what is written next. */
  get logicalPosition(): number {
    return this.#base + this.position - this.#literalStart + this.#matchLength;
  }

  /** Must be called before literals are written after a match. */
  literals(): void {
    if (this.#matchLength > 0) this.#endSequence();
  }

  /** Writes `length` bytes by reference to the uncompressed position `from`; false when it is too far away. */
  match(from: number, length: number): boolean {
    const offset = this.logicalPosition - from;
    if (offset > OFFSET_MAX) return false;
    if (this.#matchLength > 0) {
      if (this.#matchOffset === offset) {
        this.#matchLength += length;
        return true;
      }
      this.#endSequence();
    }
    assert(length >= MATCH_MIN && offset > 0, 'a match has four bytes and refers back');
    this.#matchOffset = offset;
    this.#matchLength = length;
    return true;
  }

  /** Goes on with the match under way. */
  extendMatch(length: number): void {
    this.#matchLength += length;
  }

  /** Writes a snippet: by reference where it stands near enough, else as literals. */
  snippet(text: Snippet): void {
    const { bytes } = text;
    const at = this.logicalPosition;
    if (
      text.epoch === this.#epoch &&
      bytes.length >= SNIPPET_MIN &&
      this.match(text.position, bytes.length)
    ) {
      text.position = at;
      return;
    }
    this.literals();
    this.copy(bytes);
    text.position = at;
    text.epoch = this.#epoch;
  }

  /** Remembers the state, among literals, before what may have to be undone. */
  mark(): void {
    assert(this.#matchLength === 0, 'a mark stands among literals');
    const start = this.#literalStart;
    this.#markedStart = start;
    this.#markedBase = this.#base;
    this.#markedBytes = this.position - start;
    if (this.#marked.length < this.#markedBytes) {
      this.#marked = Buffer.allocUnsafeSlow(this.#markedBytes * 2);
    }
    // The literals may be moved when their sequence ends.
    this.buffer.copy(this.#marked, 0, start, this.position);
  }

  /** Takes back everything since the last `mark`. */
  undo(): void {
    this.#literalStart = this.#markedStart;
    this.#base = this.#markedBase;
    this.#matchLength = 0;
    this.#marked.copy(this.buffer, this.#markedStart, 0, this.#markedBytes);
    this.position = this.#markedStart + this.#markedBytes;
    // Snippets may point to what is undone.
    this.#epoch = ++lastEpoch;
  }

  /** Ends the block and the frame. The last record's literals are longer than the format asks for. */
  finish(): Buffer {
    assert(this.#matchLength === 0, 'a block ends with literals');
    const literals = this.position - this.#literalStart;
    this.#makeRoomForLength(literals);
    this.buffer[this.#literalStart - 1 - extensionBytes(literals)] =
      Math.min(literals, TOKEN_MAX) << 4;
    this.reserve(FRAME_END_BYTES);
    FRAME_HEADER.copy(this.buffer);
    this.buffer.writeUInt32LE(this.position - FRAME_HEAD_BYTES, FRAME_HEADER.length);
    this.position = this.buffer.writeUInt32LE(0, this.position);
    return this.buffer.subarray(0, this.position);
  }

  /** Fills in the token, and writes the match behind the literals. */
  #endSequence(): void {
    this.reserve(0);
    const literals = this.position - this.#literalStart;
    this.#makeRoomForLength(literals);
    const { buffer } = this;
    const length = this.#matchLength - MATCH_MIN;
    buffer[this.#literalStart - 1 - extensionBytes(literals)] =
      (Math.min(literals, TOKEN_MAX) << 4) | Math.min(length, TOKEN_MAX);
    buffer[this.position++] = this.#matchOffset & 0xff;
    buffer[this.position++] = this.#matchOffset >>> 8;
    if (length >= TOKEN_MAX)
      this.position = writeExtension(buffer, this.position, length - TOKEN_MAX);
    this.#base += literals + this.#matchLength;
    this.#matchLength = 0;
    this.position++;
    this.#literalStart = this.position;
  }

  /** Moves the literals behind the bytes that their length needs beside the token, and writes these. */
  #makeRoomForLength(literals: number): void {
    if (literals < TOKEN_MAX) return;
    const room = extensionBytes(literals);
    const start = this.#literalStart;
    this.reserve(room);
    this.buffer.copyWithin(start + room, start, this.position);
    writeExtension(this.buffer, start, literals - TOKEN_MAX);
    if (this.trackedPosition >= start) this.trackedPosition += room;
    this.position += room;
    this.#literalStart = start + room;
  }
}

function extensionBytes(length: number): number {
  return length < TOKEN_MAX ? 0 : 1 + Math.floor((length - TOKEN_MAX) / BYTE_MAX);
}

function writeExtension(buffer: Buffer, at: number, rest: number): number {
  let position = at;
  let left = rest;
  while (left >= BYTE_MAX) {
    buffer[position++] = BYTE_MAX;
    left -= BYTE_MAX;
  }
  buffer[position++] = left;
  return position;
}
