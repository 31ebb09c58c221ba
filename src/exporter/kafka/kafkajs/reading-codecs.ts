import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { decompressLz4 } from './decompress-lz4.ts';
import { decompressSnappy } from './decompress-snappy.ts';

/**
 * The most bytes of a batch that is decompressed. The exporter reads the checkpoint topic alone, and
 * writes batches of less than a megabyte to it.
 */
const BATCH_BYTES_MAX = 32 * 1024 * 1024;

const decompressGzip = promisify(gunzip);
const decompressZstd = promisify(zstdDecompress);
const limit = { maxOutputLength: BATCH_BYTES_MAX };

let isDone = false;

/**
 * Lets kafkajs read batches of every codec, which brokers write when they or a topic have a
 * `compression.type`. kafkajs itself reads gzip, without a limit.
 */
export function registerReadingCodecs(): void {
  if (isDone) return;
  isDone = true;
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  codecs[types.GZIP] = () => codec((bytes) => decompressGzip(bytes, limit));
  codecs[types.Snappy] = () => codec((bytes) => decompressSnappy(bytes, BATCH_BYTES_MAX));
  codecs[types.LZ4] = () =>
    codec((bytes) => Promise.resolve().then(() => decompressLz4(bytes, BATCH_BYTES_MAX)));
  codecs[types.ZSTD] = () => codec((bytes) => decompressZstd(bytes, limit));
}

function codec(decompress: (bytes: Buffer) => Promise<Buffer>): {
  readonly compress: () => Promise<Buffer>;
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
} {
  return {
    compress: () => Promise.reject(new Error('the exporter compresses batches itself')),
    decompress,
  };
}
