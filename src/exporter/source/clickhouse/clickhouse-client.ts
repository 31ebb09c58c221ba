import type { RecordBatch } from 'apache-arrow';
import { readArrowStream } from './arrow-stream.ts';
import type { ClickHouseAddresses } from './clickhouse-addresses.ts';

/** Runs a query that says `FORMAT ArrowStream`, and answers its batches; fails with an `AddressError`. */
export type ReadBatches = (query: string, signal: AbortSignal) => AsyncIterable<RecordBatch>;

/** Rows of one Arrow batch: bounds memory, as a row of l7_flow_log is about a kilobyte. */
const BLOCK_ROWS = 4_096;
/** ClickHouse reads fewer rows at once where they are larger than that: its own default, which profiles may change. */
const BLOCK_BYTES = 1_000_000;
/** Longest query; ClickHouse's own bound of 256 KiB is less than a filter or a list of labels may have. */
const QUERY_BYTES = String(8 * 1_048_576);

/** Settings of a query whose answer is read as a stream of batches. */
export const READ_SETTINGS = {
  max_query_size: QUERY_BYTES,
  max_block_size: String(BLOCK_ROWS),
  preferred_block_size_bytes: String(BLOCK_BYTES),
  output_format_arrow_compression_method: 'none',
  output_format_arrow_string_as_string: 1,
} as const;

/** Reads batches of columns from whichever address has its turn. */
export function createBatchReader(addresses: Pick<ClickHouseAddresses, 'read'>): ReadBatches {
  return (query, signal) =>
    addresses.read(async function* (client) {
      const { stream } = await client.exec({
        query,
        abort_signal: signal,
        clickhouse_settings: READ_SETTINGS,
      });
      yield* readArrowStream(stream);
    }, signal);
}
