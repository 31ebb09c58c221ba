import type { DataSource } from '../../deepflow/data-sources.ts';
import { assert } from '../../lib/assert.ts';
import { ByteWriter } from './byte-writer.ts';
import type { RecordEncoder } from './compile-encoder.ts';
import type { EncodedBatch } from './encoded-batch.ts';
import { BLOCK_BYTES_MAX, Lz4Writer } from './lz4-writer.ts';
import { varintSize, writeVarint } from './varint.ts';

/** When a batch is full. */
export interface BatchLimits {
  readonly records: number;
  /** Of the records section as it is written here. One record may exceed it, alone in its batch. */
  readonly bytes: number;
}

/** How the records section is written: as it is, or as an LZ4 frame. */
export type BatchFormat = 'plain' | 'lz4';

const INITIAL_BYTES = 64 * 1024;
const NULL_KEY = -1;
/** A record's frame: length, attributes, time, offset, key length, value length. */
const FRAME_BYTES_MAX = 32;

/** Collects records of one encoder into the records section of a Kafka RecordBatch. */
export class BatchBuilder {
  records = 0;
  readonly #dataSource: DataSource;
  readonly #limits: BatchLimits;
  readonly #encoder: RecordEncoder;
  readonly #writer: ByteWriter;
  readonly #lz4: Lz4Writer | undefined;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;
  /** Sizes of the varints before the last record's value: the best guess for the next record. */
  #lengthBytes = 2;
  #valueLengthBytes = 2;

  constructor(
    source: { readonly dataSource: DataSource; readonly encoder: RecordEncoder },
    limits: BatchLimits,
    format: BatchFormat,
  ) {
    this.#dataSource = source.dataSource;
    this.#encoder = source.encoder;
    this.#limits = limits;
    const slack = source.encoder.slack + FRAME_BYTES_MAX;
    this.#lz4 = format === 'lz4' ? new Lz4Writer(INITIAL_BYTES, slack) : undefined;
    this.#writer = this.#lz4 ?? new ByteWriter(INITIAL_BYTES, slack);
    this.#encoder.startBlock();
  }

  /** True when no further record belongs into this batch. */
  get isFull(): boolean {
    return this.records >= this.#limits.records || this.#isTooLarge(0);
  }

  /**
   * Adds the row of the columns that the encoder is bound to.
   *
   * @returns false, with nothing added, when the record would exceed the byte limit: it then belongs into the
   *   next batch.
   */
  add(row: number): boolean {
    const timestampMs = this.#encoder.timestampMs(row);
    if (this.records === 0) this.#start(timestampMs);
    const delta = timestampMs - this.#baseTimestampMs;
    const isAdded =
      this.#lz4 === undefined ? this.#addPlain(row, delta) : this.#addLz4(this.#lz4, row, delta);
    if (!isAdded) return false;
    this.#maxTimestampMs = Math.max(this.#maxTimestampMs, timestampMs);
    this.records++;
    return true;
  }

  /** The batch as it stands; the builder must not be used after it. */
  build(): EncodedBatch {
    assert(this.records > 0, 'a batch holds a record');
    return {
      dataSource: this.#dataSource,
      records: this.records,
      bytes: this.#lz4?.finish() ?? this.#writer.buffer.subarray(0, this.#writer.position),
      compression: this.#lz4 === undefined ? 'none' : 'lz4',
      baseTimestampMs: this.#baseTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
    };
  }

  #start(timestampMs: number): void {
    this.#baseTimestampMs = timestampMs;
    this.#maxTimestampMs = timestampMs;
  }

  #isTooLarge(over: number): boolean {
    const logical = this.#lz4?.logicalPosition ?? 0;
    return this.#writer.position >= this.#limits.bytes + over || logical >= BLOCK_BYTES_MAX / 2;
  }

  #addPlain(row: number, timestampDelta: number): boolean {
    const writer = this.#writer;
    writer.reserve(0);
    const start = writer.position;
    const fixed = this.#fixedBytes(timestampDelta);
    const guessed = this.#lengthBytes + fixed + this.#valueLengthBytes;
    writer.position = start + guessed;
    this.#encoder.encode(writer, row);
    const valueLength = writer.position - start - guessed;
    const head = this.#measure(fixed, valueLength);
    // The lengths stand before the value, so a wrong guess of their size moves the value.
    if (head !== guessed) writer.buffer.copyWithin(start + head, start + guessed, writer.position);
    this.#writeFrame(start, timestampDelta, valueLength);
    writer.position = start + head + valueLength;
    writer.byte(0);
    if (this.records === 0 || !this.#isTooLarge(1)) return true;
    writer.position = start;
    return false;
  }

  #addLz4(writer: Lz4Writer, row: number, timestampDelta: number): boolean {
    writer.reserve(0);
    writer.mark();
    const fixed = this.#fixedBytes(timestampDelta);
    for (;;) {
      const guessed = this.#lengthBytes + fixed + this.#valueLengthBytes;
      writer.trackedPosition = writer.position;
      writer.position += guessed;
      const start = writer.logicalPosition;
      this.#encoder.encodeLz4(writer, row);
      const valueLength = writer.logicalPosition - start;
      if (this.#measure(fixed, valueLength) === guessed) {
        this.#writeFrame(writer.trackedPosition, timestampDelta, valueLength);
        writer.byte(0);
        break;
      }
      // References behind a value that moves would be wrong: the record is written again.
      writer.undo();
      this.#encoder.startBlock();
    }
    if (this.records === 0 || !this.#isTooLarge(1)) return true;
    writer.undo();
    return false;
  }

  /** Bytes of a record's frame between its length and its value's length. */
  #fixedBytes(timestampDelta: number): number {
    return 1 + varintSize(timestampDelta) + varintSize(this.records) + varintSize(NULL_KEY);
  }

  /** Bytes of the whole frame for a value of this length; remembers the sizes of the two lengths. */
  #measure(fixed: number, valueLength: number): number {
    this.#valueLengthBytes = varintSize(valueLength);
    this.#lengthBytes = varintSize(fixed + this.#valueLengthBytes + valueLength + 1);
    return this.#lengthBytes + fixed + this.#valueLengthBytes;
  }

  /** `length attributes timestampDelta offsetDelta keyLength valueLength`; the value and 0 headers follow. */
  #writeFrame(start: number, timestampDelta: number, valueLength: number): void {
    const { buffer } = this.#writer;
    const fixed = this.#fixedBytes(timestampDelta);
    let at = writeVarint(buffer, start, fixed + this.#valueLengthBytes + valueLength + 1);
    buffer[at++] = 0;
    at = writeVarint(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, this.records);
    at = writeVarint(buffer, at, NULL_KEY);
    writeVarint(buffer, at, valueLength);
  }
}
