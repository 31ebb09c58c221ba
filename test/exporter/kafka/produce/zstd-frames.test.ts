import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressZstd } from '../../../../src/exporter/kafka/produce/zstd-frames.ts';

/** The first bytes of every zstd frame (RFC 8878). */
const MAGIC = Buffer.from('28b52ffd', 'hex');
const MEGABYTE = 1024 * 1024;

/** Bytes that cannot be compressed. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe('a zstd frame', () => {
  test('holds the bytes from which it was made, and no bytes of other frames', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            text: fc.string({ minLength: 1 }),
            times: fc.integer({ min: 1, max: 20_000 }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        async (parts) => {
          const batches = parts.map(({ text, times }) => Buffer.from(text.repeat(times)));
          const frames = await Promise.all(batches.map((batch) => compressZstd(batch)));
          frames.forEach((frame, i) => {
            expect(frame.subarray(0, MAGIC.length)).toEqual(MAGIC);
            expect(zstdDecompressSync(frame).equals(batches[i] ?? MAGIC)).toBe(true);
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([1, MEGABYTE - 100, MEGABYTE, MEGABYTE + 1, 5 * MEGABYTE + 3])(
    'may be larger than a piece of memory: %d bytes that do not get smaller',
    async (length) => {
      for (const seed of [1, 2, 3]) {
        const bytes = noise(length, seed);
        expect(zstdDecompressSync(await compressZstd(bytes)).equals(bytes)).toBe(true);
      }
    },
  );

  test('is as small as a frame of Node’s zstdCompress', async () => {
    const record = (i: number): string =>
      JSON.stringify({
        id: i,
        name: `name-${i % 17}`,
        where: 'x'.repeat(i % 40),
        list: [i, i * i],
      });
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, i) => record(i)).join(''));
    const frame = await compressZstd(bytes);
    const params = { [constants.ZSTD_c_compressionLevel]: 1 };
    const other = zstdCompressSync(bytes, { params });
    expect(frame.length).toBeLessThan(1.05 * other.length);
  });
});
