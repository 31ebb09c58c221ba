import { type RecordBatch, RecordBatchReader } from 'apache-arrow';

/** End of an Arrow stream: a continuation marker and a length of zero (Arrow IPC format). */
const END_OF_STREAM = Buffer.from('ffffffff00000000', 'hex');

/**
 * The record batches of an Arrow IPC stream.
 *
 * @throws when the bytes end without the stream's end marker. ClickHouse answers 200 before it knows
 *   whether a query succeeds, so a failure in mid-query looks like a shorter, well-formed stream.
 */
export async function* readArrowStream(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<RecordBatch> {
  const tail = new StreamTail(END_OF_STREAM.length);
  const reader = await RecordBatchReader.from(tail.watch(bytes));
  for await (const batch of reader) if (batch.numRows > 0) yield batch;
  if (!tail.bytes.equals(END_OF_STREAM)) {
    throw new Error('the answer ended before it was complete');
  }
}

/** The rows of a small Arrow IPC stream by column. @throws as `readArrowStream`. */
export async function readArrowRows(
  bytes: AsyncIterable<Uint8Array>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const batch of readArrowStream(bytes)) {
    for (const row of batch) rows.push(row.toJSON());
  }
  return rows;
}

/** Remembers the last bytes of what passes through. */
class StreamTail {
  bytes: Buffer = Buffer.alloc(0);
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  async *watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      const last = Buffer.concat([this.bytes, chunk.subarray(-this.#length)]);
      this.bytes = last.subarray(-this.#length);
      yield chunk;
    }
  }
}
