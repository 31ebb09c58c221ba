/** The start of an LZ4 frame (LZ4 frame format 1.6). */
const MAGIC = 0x184d2204;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
/** The bit of a block's length that says that the block is not compressed. */
const IS_PLAIN = 0x8000_0000;
const FLAGS_AT = 4;
/** Magic number, flags, block size and checksum of the header. */
const HEADER_BYTES = 7;
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;
const CONTENT_SIZE_BYTES = 8;

/** When a half of a token has this value, the length continues in further bytes. */
const TOKEN_MAX = 15;
const BYTE_MAX = 255;
const MATCH_MIN = 4;

/**
 * Decompresses an LZ4 frame. It does not look at the frame's own checksums, since a record batch has
 * one.
 *
 * @throws when the frame is broken, or longer than `maxBytes` when decompressed.
 */
export function decompressLz4(frame: Buffer, maxBytes: number): Buffer {
  if (frame.length < HEADER_BYTES || frame.readUInt32LE(0) !== MAGIC) throw broken('has no frame');
  const flags = frame.readUInt8(FLAGS_AT);
  if ((flags & HAS_DICTIONARY) !== 0) throw broken('needs a dictionary');
  const checksumBytes = (flags & HAS_BLOCK_CHECKSUMS) === 0 ? 0 : CHECKSUM_BYTES;
  let at = HEADER_BYTES + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : CONTENT_SIZE_BYTES);
  const output = new BlockOutput(maxBytes);
  for (;;) {
    if (at + LENGTH_BYTES > frame.length) throw broken('ends early');
    const size = frame.readUInt32LE(at);
    if (size === 0) return output.bytes();
    const length = size % IS_PLAIN;
    at += LENGTH_BYTES;
    if (at + length > frame.length) throw broken('ends early');
    const block = frame.subarray(at, at + length);
    if (size >= IS_PLAIN) output.append(block);
    else decompressBlock(block, output);
    at += length + checksumBytes;
  }
}

/** Appends what a block contains. Its matches may refer to the blocks before it. */
function decompressBlock(block: Buffer, output: BlockOutput): void {
  let at = 0;
  const byte = (): number => {
    const value = block[at++];
    if (value === undefined) throw broken('ends early');
    return value;
  };
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble < TOKEN_MAX) return length;
    for (let more = BYTE_MAX; more === BYTE_MAX; length += more) more = byte();
    return length;
  };
  while (at < block.length) {
    const token = byte();
    const literals = lengthFrom(token >>> 4);
    if (at + literals > block.length) throw broken('ends early');
    output.append(block.subarray(at, at + literals));
    at += literals;
    // The last sequence has no match.
    if (at === block.length) return;
    const offset = byte() | (byte() << 8);
    output.repeat(offset, lengthFrom(token & TOKEN_MAX) + MATCH_MIN);
  }
}

const INITIAL_BYTES = 64 * 1024;

/** Decompressed bytes, to which matches refer. */
class BlockOutput {
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(INITIAL_BYTES);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  append(bytes: Buffer): void {
    this.#makeRoom(bytes.length);
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }

  /** Appends `length` bytes from `offset` bytes back. They may overlap with what is appended. */
  repeat(offset: number, length: number): void {
    if (offset === 0 || offset > this.#length) throw broken('refers to bytes that are not there');
    this.#makeRoom(length);
    const end = this.#length + length;
    // Each copy doubles what can be copied at once.
    for (let from = this.#length - offset; this.#length < end; ) {
      const count = Math.min(this.#length - from, end - this.#length);
      this.#buffer.copyWithin(this.#length, from, from + count);
      this.#length += count;
    }
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#maxBytes) throw broken(`is longer than ${this.#maxBytes} bytes`);
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.alloc(
      Math.min(this.#maxBytes, Math.max(needed, 2 * this.#buffer.length)),
    );
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

function broken(what: string): Error {
  return new Error(`a batch that is compressed with lz4 ${what}`);
}
