import { uncompressSync } from 'snappy';
import { HarnessError } from '../harness-error.ts';

/** Magic, version and lowest compatible version: 16 bytes. */
const MAGIC = Buffer.from('82534e4150505900', 'hex');
const HEADER_BYTES = 16;

/** Reads a stream of snappy-java: blocks, each with its compressed length before it. @throws HarnessError. */
export function decompressSnappyStream(stream: Buffer): Buffer {
  if (!stream.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new HarnessError('This is no stream of snappy-java.');
  }
  const blocks: Buffer[] = [];
  for (let at = HEADER_BYTES; at < stream.length; ) {
    const length = stream.readUInt32BE(at);
    const block = uncompressSync(stream.subarray(at + 4, at + 4 + length));
    blocks.push(Buffer.from(block));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
