import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { readArrowStream } from '../../../src/exporter/source/clickhouse/arrow-stream.ts';

const stream = Buffer.from(
  RecordBatchStreamWriter.writeAll(tableFromArrays({ n: Int32Array.of(1, 2, 3) })).toUint8Array(
    true,
  ),
);

async function rowsOf(bytes: Buffer, chunk: number): Promise<number> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk)
      yield await Promise.resolve(bytes.subarray(at, at + chunk));
  }
  let rows = 0;
  for await (const batch of readArrowStream(chunks())) rows += batch.numRows;
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
});
