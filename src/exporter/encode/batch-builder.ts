import type { DataSource } from '../../deepflow/data-sources.ts';
import { assert } from '../../lib/assert.ts';
import { FRESH_MEMORY, type Memory } from '../../lib/buffer-pool.ts';
import { ByteWriter } from './bytes/byte-writer.ts';
import type { RecordEncoder } from './compile-encoder.ts';
import { type EncodedBatch, HEADROOM_BYTES } from './encoded-batch.ts';
import { LZ4_BLOCK_BYTES_MAX, Lz4Writer, lz4BytesMax } from './lz4/lz4-writer.ts';
import { varintSize, writeVarint } from './bytes/varint.ts';

/** When a batch is full. */
export interface BatchLimits {
  readonly records: number;
  /**
   * The most bytes of the records section as it is written here. One record may exceed the limit,
   * alone in its batch.
   */
  readonly bytes: number;
}

/** How the records section is written: uncompressed, or as an LZ4 frame. */
export type BatchFormat = 'plain' | 'lz4';

/** Additional room beyond the estimate from the first record. */
const EXTRA_BYTES = 4096;
/** The usual ratio of LZ4. A buffer that is too small grows. */
const LZ4_RATIO = 2;
const NO_WRITER = new ByteWriter(0);
const NO_ATTRIBUTES = 0;
const NULL_KEY = -1;
const NO_HEADERS = 0;
/**
 * The most bytes of a record's frame without its key: length, attributes, time, offset, key length,
 * value length.
 */
const FRAME_BYTES_MAX = 32;

/** Collects records of one encoder into the records section of a Kafka RecordBatch. */
export class BatchBuilder {
  records = 0;
  readonly #dataSource: DataSource;
  readonly #limits: BatchLimits;
  readonly #encoder: RecordEncoder;
  readonly #format: BatchFormat;
  readonly #expected: number;
  readonly #memory: Memory;
  /** Made with the first record. */
  #writer: ByteWriter | Lz4Writer = NO_WRITER;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;

  constructor(
    source: {
      readonly dataSource: DataSource;
      readonly encoder: RecordEncoder;
      /** Roughly how many records will come. Absent: as many as the limits allow. */
      readonly expected?: number | undefined;
      readonly memory?: Memory;
    },
    limits: BatchLimits,
    format: BatchFormat,
  ) {
    this.#dataSource = source.dataSource;
    this.#encoder = source.encoder;
    this.#limits = limits;
    this.#format = format;
    this.#memory = source.memory ?? FRESH_MEMORY;
    this.#expected = Math.min(limits.records, source.expected ?? limits.records);
  }

  /** True when the batch accepts no further record. */
  get isFull(): boolean {
    return this.records >= this.#limits.records || this.#written >= this.#limits.bytes;
  }

  /**
   * Adds a row of the columns to which the encoder is bound.
   *
   * @returns false when the record might exceed the byte limit. Then nothing is added, and the
   *   record belongs in the next batch.
   */
  add(row: number): boolean {
    const timestampMs = this.#encoder.timestampMs(row);
    const valueLength = this.#encoder.size(row);
    const key = this.#encoder.keys?.of(row);
    const bytes = FRAME_BYTES_MAX + (key?.length ?? 0) + valueLength;
    if (this.records === 0) this.#start(timestampMs, bytes);
    else if (!this.#hasRoom(bytes)) return false;
    const writer = this.#writer;
    writer.reserve(lz4BytesMax(bytes));
    this.#writeFrame(writer, timestampMs - this.#baseTimestampMs, { key, valueLength });
    if (writer instanceof Lz4Writer) this.#encoder.encodeLz4(writer, row);
    else this.#encoder.encode(writer, row);
    writer.byte(NO_HEADERS);
    this.#maxTimestampMs = Math.max(this.#maxTimestampMs, timestampMs);
    this.records++;
    return true;
  }

  /** Returns the batch. The builder must not be used afterwards. */
  build(): EncodedBatch {
    assert(this.records > 0, 'a batch holds a record');
    const writer = this.#writer;
    const isLz4 = writer instanceof Lz4Writer;
    if (isLz4) writer.finish();
    return {
      dataSource: this.#dataSource,
      records: this.records,
      bytes: writer.buffer.subarray(HEADROOM_BYTES, writer.position),
      room: writer.buffer,
      compression: isLz4 ? 'lz4' : 'none',
      baseTimestampMs: this.#baseTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
      faults: this.#encoder.takeFaults(),
    };
  }

  get #written(): number {
    return this.#writer.position - HEADROOM_BYTES;
  }

  #start(timestampMs: number, recordBytes: number): void {
    this.#baseTimestampMs = timestampMs;
    this.#maxTimestampMs = timestampMs;
    // A record that is larger than an LZ4 block is alone in its batch, uncompressed.
    const isLz4 = this.#format === 'lz4' && recordBytes <= LZ4_BLOCK_BYTES_MAX;
    const expected = (this.#expected * recordBytes) / (isLz4 ? LZ4_RATIO : 1);
    const bytes = Math.max(recordBytes, Math.min(this.#limits.bytes, expected)) + EXTRA_BYTES;
    if (isLz4) {
      this.#writer = new Lz4Writer(bytes, HEADROOM_BYTES, this.#memory);
      this.#encoder.startBlock();
    } else {
      this.#writer = new ByteWriter(HEADROOM_BYTES + bytes, this.#memory);
      this.#writer.position = HEADROOM_BYTES;
    }
  }

  #hasRoom(bytes: number): boolean {
    const writer = this.#writer;
    if (!(writer instanceof Lz4Writer)) return this.#written + bytes <= this.#limits.bytes;
    return (
      this.#written + lz4BytesMax(bytes) <= this.#limits.bytes &&
      writer.logicalPosition + bytes <= LZ4_BLOCK_BYTES_MAX
    );
  }

  /**
   * `length attributes timestampDelta offsetDelta keyLength key valueLength`. The value and 0
   * headers follow.
   */
  #writeFrame(
    writer: ByteWriter,
    timestampDelta: number,
    { key, valueLength }: { readonly key: Uint8Array | undefined; readonly valueLength: number },
  ): void {
    const { buffer } = writer;
    const keyLength = key?.length ?? NULL_KEY;
    const fixed = 1 + varintSize(timestampDelta) + varintSize(this.records) + varintSize(keyLength);
    const length = fixed + (key?.length ?? 0) + varintSize(valueLength) + valueLength + 1;
    let at = writeVarint(buffer, writer.position, length);
    buffer[at++] = NO_ATTRIBUTES;
    at = writeVarint(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, this.records);
    at = writeVarint(buffer, at, keyLength);
    if (key !== undefined) {
      buffer.set(key, at);
      at += key.length;
    }
    writer.position = writeVarint(buffer, at, valueLength);
  }
}
