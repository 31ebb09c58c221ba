import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ValueFaults } from './values/value-faults.ts';

/** Bytes that are kept free before records, for what a Produce request says before them. */
export const HEADROOM_BYTES = 1024;

/** The records section of a Kafka RecordBatch v2 (KIP-98), and what its header says of it. */
export interface RecordsSection {
  /** How many records. At least one. */
  readonly records: number;
  /** The records, one after the other, or an LZ4 frame of them. */
  readonly bytes: Buffer;
  /**
   * The memory that `bytes` stands in, behind `HEADROOM_BYTES`: whoever sends the records may write into them and give it
   * back when it is not needed any more. Absent: it is somebody else's.
   */
  readonly room?: Buffer | undefined;
  readonly compression: 'none' | 'lz4';
  /** Milliseconds since the Unix epoch of the first record; the others' times are deltas to it. */
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
}

/** Records of one data source, ready for Kafka. */
export interface EncodedBatch extends RecordsSection {
  readonly dataSource: DataSource;
  readonly faults: Readonly<ValueFaults>;
}
