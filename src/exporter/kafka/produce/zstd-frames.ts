import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';
import { limitConcurrency } from '../../../lib/concurrency-limit.ts';

/** The number of Node's threads for such work, unless UV_THREADPOOL_SIZE changes it. */
const THREADS = 4;

/**
 * Level 1 has the best ratio for its CPU time on JSON. Repetitions are within a few records, so a
 * window of 256 KiB and a table of 8192 entries find as much as larger ones, which do not fit into
 * the processor's nearest caches.
 */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_windowLog]: 18,
  [constants.ZSTD_c_hashLog]: 13,
};
/** Options of a stream. Each write becomes a frame, with one switch to another thread. */
const OPTIONS = {
  params: PARAMETERS,
  flush: constants.ZSTD_e_end,
  /** The size of the memory chunks from which frames are cut. */
  chunkSize: 1024 * 1024,
  /** A frame is read only when it is complete. Node's types lack this option. */
  readableHighWaterMark: Number.MAX_SAFE_INTEGER,
};

const limit = limitConcurrency(THREADS);
const idle: ZstdCompress[] = [];

/**
 * Compresses bytes into a zstd frame. The streams are kept for the next batches. Node's
 * `zstdCompress` makes their tables and buffers for each batch, which costs a quarter of the CPU.
 */
export function compressZstd(bytes: Buffer): Promise<Buffer> {
  return limit(async () => {
    const stream = idle.pop() ?? createStream();
    const frame = await writeFrame(stream, bytes);
    // A stream that has failed is not used again.
    idle.push(stream);
    return frame;
  });
}

function createStream(): ZstdCompress {
  const stream = createZstdCompress(OPTIONS);
  // The callback of `write` gets the error.
  stream.on('error', () => undefined);
  return stream;
}

function writeFrame(stream: ZstdCompress, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      const frame: unknown = error ? undefined : stream.read();
      if (frame instanceof Buffer) resolve(frame);
      else reject(error ?? new Error('zstd made no frame of a batch'));
    });
  });
}
