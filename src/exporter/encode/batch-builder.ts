import type { DataSource } from '../../deepflow/data-sources.ts';
import { assert } from '../../lib/assert.ts';
import { ByteWriter } from './byte-writer.ts';
import type { RecordEncoder } from './compile-encoder.ts';
import type { EncodedBatch } from './encoded-batch.ts';
import { varintSize, writeVarint } from './varint.ts';

/** When a batch is full. */
export interface BatchLimits {
  readonly records: number;
  /** Of the records section, before compression. One record may exceed it, alone in its batch. */
  readonly bytes: number;
}

const NULL_KEY = -1;

/** Collects records into the records section of a Kafka RecordBatch. */
export class BatchBuilder {
  records = 0;
  readonly #dataSource: DataSource;
  readonly #limits: BatchLimits;
  readonly #writer: ByteWriter;
  #baseTimestampMs = 0;
  #maxTimestampMs = 0;
  /** Sizes of the varints before the last record's value: the best guess for the next record. */
  #lengthBytes = 2;
  #valueLengthBytes = 2;

  constructor(dataSource: DataSource, limits: BatchLimits) {
    this.#dataSource = dataSource;
    this.#limits = limits;
    this.#writer = new ByteWriter(64 * 1024);
  }

  /** True when no further record belongs into this batch. */
  get isFull(): boolean {
    return this.records >= this.#limits.records || this.#writer.position >= this.#limits.bytes;
  }

  /**
   * Adds the row that the encoder is bound to.
   *
   * @returns false, with nothing added, when the record would exceed the byte limit: it then belongs
   *   into the next batch.
   */
  add(encoder: RecordEncoder, row: number): boolean {
    const start = this.#writer.position;
    const timestampMs = encoder.timestampMs(row);
    if (this.records === 0) this.#start(timestampMs);
    this.#writeRecord(encoder, row, timestampMs - this.#baseTimestampMs);
    if (this.records > 0 && this.#writer.position > this.#limits.bytes) {
      this.#writer.position = start;
      return false;
    }
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
      bytes: this.#writer.buffer.subarray(0, this.#writer.position),
      baseTimestampMs: this.#baseTimestampMs,
      maxTimestampMs: this.#maxTimestampMs,
    };
  }

  #start(timestampMs: number): void {
    this.#baseTimestampMs = timestampMs;
    this.#maxTimestampMs = timestampMs;
  }

  /** `length attributes timestampDelta offsetDelta keyLength valueLength value headersCount`. */
  #writeRecord(encoder: RecordEncoder, row: number, timestampDelta: number): void {
    const writer = this.#writer;
    const start = writer.position;
    const fixed = 1 + varintSize(timestampDelta) + varintSize(this.records) + varintSize(NULL_KEY);
    const guessed = this.#lengthBytes + fixed + this.#valueLengthBytes;
    writer.ensure(guessed + 16);
    writer.position = start + guessed;
    encoder.encode(writer, row);

    const valueLength = writer.position - start - guessed;
    this.#valueLengthBytes = varintSize(valueLength);
    const length = fixed + this.#valueLengthBytes + valueLength + 1;
    this.#lengthBytes = varintSize(length);
    const head = this.#lengthBytes + fixed + this.#valueLengthBytes;
    writer.ensure(16);
    // The lengths stand before the value, so a wrong guess of their size moves the value.
    if (head !== guessed) {
      writer.buffer.copyWithin(start + head, start + guessed, writer.position);
    }
    const { buffer } = writer;
    let at = writeVarint(buffer, start, length);
    buffer[at++] = 0;
    at = writeVarint(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, this.records);
    at = writeVarint(buffer, at, NULL_KEY);
    at = writeVarint(buffer, at, valueLength);
    writer.position = at + valueLength;
    writer.byte(0);
  }
}
