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

/** The codecs of record batches that are compressed. */
type Codec = 'gzip' | 'snappy' | 'lz4' | 'zstd';

const decompressGzip = promisify(gunzip);
const decompressZstd = promisify(zstdDecompress);

/** Each decompresses at most `bytesMax` bytes, and rejects when there are more. */
const DECOMPRESS: Readonly<Record<Codec, (bytes: Buffer, bytesMax: number) => Promise<Buffer>>> = {
  gzip: (bytes, bytesMax) => decompressGzip(bytes, { maxOutputLength: bytesMax }),
  snappy: decompressSnappy,
  lz4: (bytes, bytesMax) => Promise.resolve().then(() => decompressLz4(bytes, bytesMax)),
  zstd: (bytes, bytesMax) => decompressZstd(bytes, { maxOutputLength: bytesMax }),
};

/** The most bytes of records that the exporter has put into a batch itself, with a margin. */
const OWN_BYTES_MAX = 512 * 1024 * 1024;

/** Decompresses the records of a batch that the exporter has made itself. */
export function decompressRecords(codec: Codec | 'none', bytes: Buffer): Promise<Buffer> {
  return codec === 'none' ? Promise.resolve(bytes) : DECOMPRESS[codec](bytes, OWN_BYTES_MAX);
}

let isDone = false;

/**
 * Lets kafkajs read batches of every codec, which brokers write when they or a topic have a
 * `compression.type`. kafkajs itself reads gzip, without a limit.
 */
export function registerReadingCodecs(): void {
  if (isDone) return;
  isDone = true;
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  codecs[types.GZIP] = () => codecOf('gzip');
  codecs[types.Snappy] = () => codecOf('snappy');
  codecs[types.LZ4] = () => codecOf('lz4');
  codecs[types.ZSTD] = () => codecOf('zstd');
}

function codecOf(codec: Codec): {
  readonly compress: () => Promise<Buffer>;
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
} {
  return {
    compress: () => Promise.reject(new Error('the exporter compresses batches itself')),
    decompress: (bytes) => DECOMPRESS[codec](bytes, BATCH_BYTES_MAX),
  };
}
