import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { poisonedMemory } from '../../../../lib/poisoned-memory.ts';
import { readArrowStream } from '../../../../../src/exporter/source/clickhouse/rows/arrow-stream.ts';

const stream = Buffer.from(
  RecordBatchStreamWriter.writeAll(tableFromArrays({ n: Int32Array.of(1, 2, 3) })).toUint8Array(
    true,
  ),
);

async function* chunksOf(bytes: Buffer, chunk: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk)
    yield await Promise.resolve(bytes.subarray(at, at + chunk));
}

async function rowsOf(bytes: Buffer, chunk: number): Promise<number> {
  let rows = 0;
  for await (const batch of readArrowStream(chunksOf(bytes, chunk))) rows += batch.numRows;
  return rows;
}

describe('an Arrow stream', () => {
  test.each([1, 7, 100_000])('is read in chunks of %d bytes', async (chunk) => {
    expect(await rowsOf(stream, chunk)).toBe(3);
  });

  test('that ends early at any byte is an error, never a shorter answer', async () => {
    for (let end = 0; end < stream.length; end++) {
      await expect(rowsOf(stream.subarray(0, end), 64), `cut at ${end}`).rejects.toThrow();
    }
  });

  test('that continues after its end is an error', async () => {
    const longer = Buffer.concat([stream, Buffer.from('Code: 241.')]);
    await expect(rowsOf(longer, 7)).rejects.toThrow('after its end');
    await expect(rowsOf(longer, 100_000)).rejects.toThrow('after its end');
  });

  test('of other bytes is an error', async () => {
    await expect(rowsOf(Buffer.from('Code: 241. DB::Exception'), 7)).rejects.toThrow(
      'not an Arrow',
    );
  });

  test.each([64, 5_000_000])(
    'has each batch whole until the next one, in chunks of %d bytes',
    async (chunk) => {
      const values = Array.from({ length: 4 }, (_, batch) =>
        Array.from({ length: 70_000 >> (batch % 2) }, (_, row) => batch * 1_000_000 + row),
      );
      const bytes = Buffer.from(
        RecordBatchStreamWriter.writeAll(
          values.flatMap((n) => tableFromArrays({ n: Int32Array.from(n) }).batches),
        ).toUint8Array(true),
      );
      const read: number[][] = [];
      for await (const batch of readArrowStream(chunksOf(bytes, chunk), poisonedMemory)) {
        read.push([...(batch.getChild('n') ?? [])].map(Number));
      }
      expect(read).toEqual(values);
    },
  );
});
