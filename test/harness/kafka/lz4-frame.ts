import { HarnessError } from '../harness-error.ts';

const MAGIC = 0x184d2204;
const HAS_CONTENT_SIZE = 0x08;
const IS_PLAIN = 0x8000_0000;

/** Decompresses an LZ4 frame (LZ4 frame format 1.6), without looking at checksums. */
export function decompressLz4Frame(frame: Buffer): Buffer {
  if (frame.readUInt32LE(0) !== MAGIC) throw new HarnessError('This is no LZ4 frame.');
  const flags = frame.readUInt8(4);
  let at = 7 + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : 8);
  const blocks: Buffer[] = [];
  for (let size = frame.readUInt32LE(at); size !== 0; size = frame.readUInt32LE(at)) {
    const length = size % IS_PLAIN;
    const block = frame.subarray(at + 4, at + 4 + length);
    blocks.push(size >= IS_PLAIN ? block : decompressBlock(block));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

/** Decompresses a block byte by byte, and refuses what the format forbids. */
function decompressBlock(block: Buffer): Buffer {
  const out: number[] = [];
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new HarnessError('An LZ4 block ends early.');
    return byte;
  };
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let more = nibble === 15; more; ) {
      const byte = next();
      sum += byte;
      more = byte === 255;
    }
    return sum;
  };
  for (;;) {
    const token = next();
    const literals = length(token >>> 4);
    for (let i = 0; i < literals; i++) out.push(next());
    if (at === block.length) {
      if (literals < 5) throw new HarnessError('An LZ4 block must end with five literals.');
      return Buffer.from(out);
    }
    const offset = next() | (next() << 8);
    const start = out.length - offset;
    if (offset === 0 || start < 0) throw new HarnessError(`An LZ4 match refers to ${start}.`);
    const matched = length(token & 15) + 4;
    for (let i = 0; i < matched; i++) out.push(out[start + i] ?? 0);
  }
}
