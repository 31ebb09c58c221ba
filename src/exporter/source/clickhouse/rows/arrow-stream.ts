import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { FRESH_MEMORY, type Memory } from '../../../../lib/buffer-pool.ts';
import { ArrowMessages } from './arrow-messages.ts';
import { AnswerTail } from '../errors/answer-tail.ts';

/**
 * The record batches of an Arrow IPC stream. Each batch is valid until the next batch is requested.
 *
 * @param memory for the batches.
 * @throws when the bytes end without the stream's end marker. ClickHouse answers 200 before it
 *   knows whether a query succeeds, so a failure during the query looks like a shorter, well-formed
 *   stream. If ClickHouse wrote its exception at the end of the answer, the exception is thrown as
 *   an `AnswerError`.
 */
export async function* readArrowStream(
  bytes: AsyncIterable<Uint8Array>,
  memory: Memory = FRESH_MEMORY,
): AsyncGenerator<RecordBatch> {
  const answer = new AnswerTail(bytes);
  const messages = new ArrowMessages(answer, memory);
  try {
    const schema = Buffer.from((await messages.next()) ?? []);
    for (let message = await messages.next(); message; message = await messages.next()) {
      for (const batch of RecordBatchReader.from([schema, message])) {
        if (batch.numRows > 0) yield batch;
      }
    }
  } catch (error) {
    throw (await answer.exception()) ?? error;
  } finally {
    messages.close();
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
