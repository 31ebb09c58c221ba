import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { compress as compressSnappyBlock } from 'snappy';
import { assert, unreachable } from '../../../lib/assert.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import { HEADROOM_BYTES, type RecordsSection } from '../../encode/encoded-batch.ts';
import type { OutgoingBatch } from '../requests/produce-request.ts';
import type { ProducerIdentity } from '../requests/transactions.ts';
import { compressZstd } from './zstd-frames.ts';

/** The codec of a record batch. */
export type Compression = ExporterConfig['kafka']['compression'];

/** Bytes of a RecordBatch v2 before its records. */
const HEADER_BYTES = 61;
/** The length field counts what follows it: all but the first 12 bytes. */
const UNCOUNTED_BYTES = 12;
/** The checksum covers everything after itself, beginning with the attributes. */
const CHECKSUM_AT = 17;
const CHECKSUM_START = 21;
const MAGIC = 2;
/** The attribute bit of a batch in a transaction. */
const TRANSACTIONAL_BIT = 0x10;

/** The attribute bits of the codecs (KIP-98; KIP-110 for zstd). */
const CODEC_BITS: Readonly<Record<Compression, number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
};

const compressGzip = promisify(gzip);

/** Compressed records, ready to get the header of a batch. */
export interface CompressedRecords {
  readonly section: Pick<RecordsSection, 'records' | 'baseTimestampMs' | 'maxTimestampMs'>;
  /** The records, in `room` after `HEADROOM_BYTES` free bytes. */
  readonly bytes: Buffer;
  /** The memory that holds `bytes`. It belongs to the sender. */
  readonly room: Buffer;
  readonly codec: Compression;
}

/**
 * Compresses a section of records, unless the encoder wrote it as LZ4. The section's memory must
 * not be used afterwards.
 */
export async function compressRecords(
  section: RecordsSection,
  compression: Compression,
  memory: Memory,
): Promise<CompressedRecords> {
  const codec = section.compression === 'lz4' ? 'lz4' : compression;
  const { bytes, room } = section;
  const isReady = codec === 'none' || section.compression === 'lz4';
  if (isReady && room !== undefined) return { section, bytes, room, codec };
  const compressed = isReady ? bytes : await compress(bytes, codec);
  if (room !== undefined) memory.give(room);
  return { section, codec, ...withHeadroom(compressed, memory) };
}

/** A copy of bytes with free room before them. */
function withHeadroom(
  bytes: Buffer,
  memory: Memory,
): { readonly bytes: Buffer; readonly room: Buffer } {
  const end = HEADROOM_BYTES + bytes.length;
  const room = memory.take(end);
  bytes.copy(room, HEADROOM_BYTES);
  return { bytes: room.subarray(HEADROOM_BYTES, end), room };
}

/** A copy of records in other memory, for records whose bytes a connection may still be sending. */
export function copyOfRecords(records: CompressedRecords, memory: Memory): CompressedRecords {
  return { ...records, ...withHeadroom(records.bytes, memory) };
}

/** The position of a batch in its producer's sequence for a partition (KIP-98). */
export interface BatchSequence {
  readonly producer: ProducerIdentity;
  readonly first: number;
}

/**
 * A Kafka RecordBatch v2 (KIP-98), ready for a Produce request. The header is written directly
 * before the records, in the same memory, so a second call overwrites the header of the first call.
 */
export function recordBatch(
  { section: batch, bytes: records, room, codec }: CompressedRecords,
  { producer, first }: BatchSequence,
): OutgoingBatch {
  assert(
    records.buffer === room.buffer && records.byteOffset - room.byteOffset === HEADROOM_BYTES,
    'records come after their headroom',
  );
  const attributes =
    CODEC_BITS[codec] | (producer.transactionalId === undefined ? 0 : TRANSACTIONAL_BIT);
  const header = room.subarray(HEADROOM_BYTES - HEADER_BYTES, HEADROOM_BYTES);
  const length = HEADER_BYTES + records.length - UNCOUNTED_BYTES;
  header.writeBigInt64BE(0n, 0); // base offset: the broker sets it
  header.writeInt32BE(length, 8);
  header.writeInt32BE(-1, 12); // partition leader epoch: unknown
  header.writeInt8(MAGIC, 16);
  header.writeInt16BE(attributes, CHECKSUM_START);
  header.writeInt32BE(batch.records - 1, 23); // last offset delta
  header.writeBigInt64BE(BigInt(batch.baseTimestampMs), 27);
  header.writeBigInt64BE(BigInt(batch.maxTimestampMs), 35);
  header.writeBigInt64BE(BigInt(producer.id), 43);
  header.writeInt16BE(producer.epoch, 51);
  header.writeInt32BE(first, 53);
  header.writeInt32BE(batch.records, 57);
  const checksum = crc32c(records, crc32c(header.subarray(CHECKSUM_START)));
  header.writeUInt32BE(checksum, CHECKSUM_AT);
  return {
    bytes: room.subarray(HEADROOM_BYTES - HEADER_BYTES, HEADROOM_BYTES + records.length),
    headroom: HEADROOM_BYTES - HEADER_BYTES,
  };
}

async function compress(records: Buffer, compression: Compression): Promise<Buffer> {
  switch (compression) {
    case 'none':
      return records;
    case 'lz4':
      throw new Error('the encoder writes batches for lz4 as LZ4, so they are not compressed here');
    case 'gzip':
      return compressGzip(records);
    case 'snappy':
      return compressSnappy(records);
    case 'zstd':
      return compressZstd(records);
    default:
      return unreachable(compression);
  }
}

/**
 * The magic number, version and lowest compatible version of snappy-java's stream, which Kafka's
 * clients use.
 */
const SNAPPY_HEADER = Buffer.from('82534e41505059000000000100000001', 'hex');
const SNAPPY_BLOCK_BYTES = 32 * 1024;

/**
 * Compresses blocks of 32 KiB into snappy-java's stream: the compressed length comes before each
 * block.
 */
async function compressSnappy(records: Buffer): Promise<Buffer> {
  const blocks: Promise<Buffer>[] = [];
  for (let at = 0; at < records.length; at += SNAPPY_BLOCK_BYTES) {
    blocks.push(compressSnappyBlock(records.subarray(at, at + SNAPPY_BLOCK_BYTES)));
  }
  const parts = (await Promise.all(blocks)).flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([SNAPPY_HEADER, ...parts]);
}
