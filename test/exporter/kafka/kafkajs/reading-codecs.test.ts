import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappyBlock } from 'snappy';
import { describe, expect, test } from 'vitest';
import { decompressLz4 } from '../../../../src/exporter/kafka/kafkajs/decompress-lz4.ts';
import { decompressSnappy } from '../../../../src/exporter/kafka/kafkajs/decompress-snappy.ts';

const MAX = 1_000_000;

/** Bytes with repetitions near and far, and without. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 3_000 })),
    ),
    { maxLength: 20 },
  )
  .map((parts) =>
    Buffer.concat(
      parts.map((part) => {
        if (part instanceof Uint8Array) return part;
        const [pattern, times] = part;
        return Buffer.alloc(pattern.length * times, pattern);
      }),
    ),
  );

function snappyStream(content: Buffer): Buffer {
  const blocks: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')];
  for (let at = 0; at < content.length; at += 4_096) {
    const block = compressSnappyBlock(content.subarray(at, at + 4_096));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    blocks.push(length, block);
  }
  return Buffer.concat(blocks);
}

describe('what a compressor writes is read again:', () => {
  test('lz4', () => {
    fc.assert(
      fc.property(bytes, (content) => {
        expect(decompressLz4(compressFrameSync(content), MAX)).toEqual(content);
      }),
    );
  });

  test('snappy, as a stream and as a single block', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        expect(await decompressSnappy(snappyStream(content), MAX)).toEqual(content);
        expect(await decompressSnappy(compressSnappyBlock(content), MAX)).toEqual(content);
      }),
    );
  });
});

describe('broken bytes are refused, whatever they are:', () => {
  const odd = fc.tuple(
    bytes,
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
    fc.nat(),
  );
  const damaged = (
    whole: Buffer,
    changes: readonly (readonly [number, number])[],
    cut: number,
  ): Buffer => {
    const copy = Buffer.from(whole);
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return copy.subarray(0, cut % (copy.length + 1));
  };

  test('lz4', () => {
    fc.assert(
      fc.property(odd, ([content, changes, cut]) => {
        const frame = damaged(compressFrameSync(content), changes, cut);
        try {
          expect(decompressLz4(frame, MAX).length).toBeLessThanOrEqual(MAX);
        } catch (error) {
          expect(String(error)).toContain('compressed with lz4');
        }
      }),
    );
  });

  test('snappy', async () => {
    await fc.assert(
      fc.asyncProperty(odd, async ([content, changes, cut]) => {
        const stream = damaged(snappyStream(content), changes, cut);
        const result = await decompressSnappy(stream, MAX).catch((error: unknown) => error);
        if (Buffer.isBuffer(result)) expect(result.length).toBeLessThanOrEqual(MAX);
        else expect(result).toBeInstanceOf(Error);
      }),
    );
  });
});

test.each([
  ['lz4', (content: Buffer) => decompressLz4(compressFrameSync(content), MAX)],
  ['snappy', (content: Buffer) => decompressSnappy(snappyStream(content), MAX)],
])('a small batch of %s that would become huge is refused', async (_codec, read) => {
  await expect(Promise.resolve().then(() => read(Buffer.alloc(MAX + 1)))).rejects.toThrow(
    `is longer than ${MAX} bytes`,
  );
});
