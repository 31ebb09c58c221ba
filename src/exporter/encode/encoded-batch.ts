import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ValueFaults } from './values/value-faults.ts';

/** How many bytes are kept free before records, for the headers of a Produce request. */
export const HEADROOM_BYTES = 1024;

/** The records section of a Kafka RecordBatch v2 (KIP-98), and the values for its header. */
export interface RecordsSection {
  /** The number of records, at least one. */
  readonly records: number;
  /** The records, one after the other, or an LZ4 frame of them. */
  readonly bytes: Buffer;
  /**
   * The memory that contains `bytes`, after `HEADROOM_BYTES` free bytes. The sender of the records
   * may write into this memory, and returns it when it is no longer needed. Absent: the sender does
   * not own the memory.
   */
  readonly room?: Buffer | undefined;
  readonly compression: 'none' | 'lz4';
  /**
   * The time of the first record in milliseconds since the Unix epoch. The times of the other
   * records are deltas to it.
   */
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
}

/** Records of one data source, ready for Kafka. */
export interface EncodedBatch extends RecordsSection {
  readonly dataSource: DataSource;
  readonly faults: Readonly<ValueFaults>;
}
