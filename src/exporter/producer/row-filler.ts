import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { assert } from '../../lib/assert.ts';
import type { Memory } from '../../lib/buffer-pool.ts';
import { BatchBuilder, type BatchFormat, type BatchLimits } from '../encode/batch-builder.ts';
import type { RecordEncoder } from '../encode/compile-encoder.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';
import { bindByPartition } from './group-rows.ts';
import type { Partitioner, RecordProducer } from './record-producer.ts';

/** A row of a batch of columns. */
export interface RowPlace {
  readonly columns: RecordBatch;
  readonly row: number;
}

/** Where records go, and how large their batches are. */
interface FillerParts {
  readonly producer: Pick<RecordProducer, 'send' | 'partitioner' | 'size'>;
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
  readonly memory: Memory;
  /** Called before a batch is sent, with the rows of its records. */
  readonly onFilled?: (batch: EncodedBatch, rows: readonly RowPlace[]) => void;
  /**
   * Called after a batch was handed over, when every row that was added is part of a batch that was
   * sent. The next row is added once it resolves.
   */
  readonly onSent?: () => Promise<void>;
}

/** Decides which rows to send, and learns which rows were added. Undefined: all rows. */
type NewRowsOnly = { isNew(row: number): boolean; added(row: number): void } | undefined;

/** Fills the batches of a window of one data source and sends them. One batch is under way at a time. */
export class RowFiller {
  /** Records that were added. */
  records = 0;
  /** The bytes of the batches that were sent, as encoded. */
  bytes = 0;
  readonly #parts: FillerParts;
  readonly #source: { readonly dataSource: DataSource; readonly encoder: RecordEncoder };
  #builder: BatchBuilder | undefined = undefined;
  /** What the encoder is bound to. */
  #columns: RecordBatch | undefined = undefined;
  /** The rows of the current batch, if `onFilled` needs them. */
  #rows: RowPlace[] = [];
  /** The partition of the current batch. Undefined: any partition. */
  #partition: number | undefined = undefined;
  #picker: NewRowsOnly = undefined;
  #isStopped = false;
  /** Requested once, when there is something to send. */
  #partitioner: Partitioner | undefined = undefined;

  constructor(parts: FillerParts, dataSource: DataSource, encoder: RecordEncoder) {
    this.#parts = parts;
    this.#source = { dataSource, encoder };
  }

  /** Adds those rows of a batch of columns that `picker` selects. */
  async addBatch(batch: RecordBatch, picker: NewRowsOnly): Promise<void> {
    const { encoder } = this.#source;
    this.#columns = batch;
    this.#picker = picker;
    if (encoder.keys !== undefined) {
      await this.#addKeyed(batch, picker);
      return;
    }
    encoder.bind(batch);
    for (let row = 0; row < batch.numRows && !this.hasStopped(); row++) {
      if (picker?.isNew(row) === false) continue;
      const full = this.#add(row, row);
      if (full !== undefined) await full;
    }
  }

  /** Adds no further rows. Call it in `onSent`. */
  stop(): void {
    this.#isStopped = true;
  }

  /** True: `stop` was called. */
  hasStopped(): boolean {
    return this.#isStopped;
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    const builder = this.#builder;
    this.#builder = undefined;
    if (builder === undefined) return;
    const batch = builder.build();
    this.#parts.onFilled?.(batch, this.#rows);
    this.#rows = [];
    this.bytes += batch.bytes.length;
    await this.#parts.producer.send(batch, this.#partition);
    await this.#parts.onSent?.();
  }

  /** Rows are encoded partition after partition, so that memory does not grow with the partitions of the topic. */
  async #addKeyed(batch: RecordBatch, picker: NewRowsOnly): Promise<void> {
    const added: number[] = [];
    for (let row = 0; row < batch.numRows; row++) if (picker?.isNew(row) !== false) added.push(row);
    if (added.length === 0) return;
    const { dataSource, encoder } = this.#source;
    const partitioner = (this.#partitioner ??= await this.#parts.producer.partitioner(dataSource));
    const { rows, groups } = bindByPartition(encoder, { batch, rows: added }, partitioner);
    let place = 0;
    for (const { partition, end } of groups) {
      if (partition !== this.#partition) await this.flush();
      if (this.hasStopped()) return;
      this.#partition = partition;
      for (; place < end && !this.hasStopped(); place++) {
        const full = this.#add(place, rows[place] ?? 0, end - place);
        if (full !== undefined) await full;
      }
    }
  }

  /**
   * Adds the row that the encoder has at index `place`. `left` is how many rows of its partition
   * remain, with this one. If it returns a promise, wait for it before you add the next row.
   */
  #add(place: number, row: number, left?: number): Promise<void> | undefined {
    const builder = (this.#builder ??= this.#start(left));
    if (!builder.add(place)) return this.#addToNext(place, row, left);
    this.#added(row);
    return builder.isFull ? this.flush() : undefined;
  }

  /** Adds a row that does not fit into the current batch. */
  async #addToNext(place: number, row: number, left?: number): Promise<void> {
    await this.flush();
    if (this.hasStopped()) return;
    const builder = (this.#builder = this.#start(left));
    builder.add(place);
    this.#added(row);
    if (builder.isFull) await this.flush();
  }

  #added(row: number): void {
    this.records++;
    this.#picker?.added(row);
    if (this.#parts.onFilled === undefined) return;
    assert(this.#columns !== undefined, 'rows are of a batch of columns');
    this.#rows.push({ columns: this.#columns, row });
  }

  #start(expected: number | undefined): BatchBuilder {
    const { format, memory, producer } = this.#parts;
    const { records, bytes } = this.#parts.limits;
    const limits = { records, bytes: Math.min(bytes, producer.size.batchBytes) };
    return new BatchBuilder({ ...this.#source, expected, memory }, limits, format);
  }
}
