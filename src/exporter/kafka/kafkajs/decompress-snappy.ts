import { uncompress } from 'snappy';

/** The magic number of snappy-java's stream. Its version and lowest compatible version follow. */
const MAGIC = Buffer.from('82534e4150505900', 'hex');
const HEADER_BYTES = 16;
const LENGTH_BYTES = 4;
/** The most bytes of the length that a block begins with (snappy format description, preamble). */
const PREAMBLE_BYTES = 5;

/**
 * Decompresses snappy-java's stream of blocks, or a single block, as clients that are not Java's may
 * write it.
 *
 * @throws when the bytes are broken, or longer than `maxBytes` when decompressed.
 */
export async function decompressSnappy(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const blocks = bytes.subarray(0, MAGIC.length).equals(MAGIC) ? blocksOf(bytes) : [bytes];
  const parts: Buffer[] = [];
  let length = 0;
  for (const block of blocks) {
    length += decompressedLength(block);
    if (length > maxBytes) throw broken(`is longer than ${maxBytes} bytes`);
    parts.push(Buffer.from(await uncompress(block, { asBuffer: true })));
  }
  return Buffer.concat(parts);
}

function blocksOf(stream: Buffer): readonly Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = HEADER_BYTES; at < stream.length; ) {
    if (at + LENGTH_BYTES > stream.length) throw broken('ends early');
    const end = at + LENGTH_BYTES + stream.readUInt32BE(at);
    if (end > stream.length) throw broken('ends early');
    blocks.push(stream.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return blocks;
}

/** The length that a block says it has: a little-endian base-128 number. */
function decompressedLength(block: Buffer): number {
  let length = 0;
  for (const [i, byte] of block.subarray(0, PREAMBLE_BYTES).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw broken('has no length');
}

function broken(what: string): Error {
  return new Error(`a batch that is compressed with snappy ${what}`);
}
