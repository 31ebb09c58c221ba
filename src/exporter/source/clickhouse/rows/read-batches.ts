import type { RecordBatch } from 'apache-arrow';
import { readArrowStream } from './arrow-stream.ts';
import type { ClickHouseAddresses } from '../addresses/clickhouse-addresses.ts';

/**
 * Runs a SELECT without SETTINGS and FORMAT, and returns its batches. Fails with an `AddressError`.
 */
export type ReadBatches = (query: string, signal: AbortSignal) => AsyncIterable<RecordBatch>;

/** Reads batches of columns from the address whose turn it is. */
export function createBatchReader(addresses: Pick<ClickHouseAddresses, 'read'>): ReadBatches {
  return (query, signal) =>
    addresses.read(async function* (queries) {
      yield* readArrowStream(await queries.select(query, signal));
    }, signal);
}
