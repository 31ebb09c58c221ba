import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';
import { limitConcurrency } from '../../../lib/concurrency-limit.ts';

/** Node's threads for such work, unless UV_THREADPOOL_SIZE says otherwise. */
const THREADS = 4;

/**
 * Level 1 costs least CPU for the ratio it gives on JSON. What repeats does so within some records, so a window of 256 KiB
 * and a table of 8192 places find as much as larger ones, which do not fit into the processor's nearest caches.
 */
const PARAMETERS = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_windowLog]: 18,
  [constants.ZSTD_c_hashLog]: 13,
};
/** Options of a stream. Each write becomes a frame, on one trip to another thread. */
const OPTIONS = {
  params: PARAMETERS,
  flush: constants.ZSTD_e_end,
  /** Frames are cut from pieces of memory of this size. */
  chunkSize: 1024 * 1024,
  /** Nothing of a frame is read before it is whole. Node's types do not have it. */
  readableHighWaterMark: Number.MAX_SAFE_INTEGER,
};

const limit = limitConcurrency(THREADS);
const idle: ZstdCompress[] = [];

/**
 * Compresses bytes into a zstd frame. The streams that do it are kept for the next ones: to make their tables and buffers
 * for each batch, as Node's `zstdCompress` does, costs a quarter of the CPU.
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
  // Whoever writes hears of it.
  stream.on('error', () => undefined);
  return stream;
}

function writeFrame(stream: ZstdCompress, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      const frame: unknown = error ? undefined : stream.read();
      if (frame instanceof Buffer) resolve(frame);
      else reject(error ?? new Error('zstd has made no frame of a batch'));
    });
  });
}
