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
  readonly producer: Pick<RecordProducer, 'send' | 'partitioner'>;
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
  readonly memory: Memory;
  /** Called before a batch is sent, with the row of its last record. */
  readonly onFilled?: (batch: EncodedBatch, last: RowPlace) => void;
}

/** Decides which rows to send. Undefined: all rows. */
type NewRowsOnly = { isNew(row: number): boolean } | undefined;

/** Fills the batches of a window of one data source and sends them. One batch is under way at a time. */
export class RowFiller {
  /** Records that were added. */
  records = 0;
  readonly #parts: FillerParts;
  readonly #source: { readonly dataSource: DataSource; readonly encoder: RecordEncoder };
  #builder: BatchBuilder | undefined = undefined;
  /** What the encoder is bound to. */
  #columns: RecordBatch | undefined = undefined;
  #lastColumns: RecordBatch | undefined = undefined;
  #lastRow = 0;
  /** The partition of the current batch. Undefined: any partition. */
  #partition: number | undefined = undefined;
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
    if (encoder.keys !== undefined) {
      await this.#addKeyed(batch, picker);
      return;
    }
    encoder.bind(batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (picker?.isNew(row) === false) continue;
      const full = this.#add(row, row);
      if (full !== undefined) await full;
    }
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    const builder = this.#builder;
    this.#builder = undefined;
    const columns = this.#lastColumns;
    if (builder === undefined) return;
    assert(columns !== undefined, 'a batch has a last row');
    const batch = builder.build();
    this.#parts.onFilled?.(batch, { columns, row: this.#lastRow });
    await this.#parts.producer.send(batch, this.#partition);
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
      this.#partition = partition;
      for (; place < end; place++) {
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
    this.records++;
    const builder = (this.#builder ??= this.#start(left));
    const isAdded = builder.add(place);
    const sent = isAdded ? undefined : this.flush();
    if (!isAdded) (this.#builder = this.#start(left)).add(place);
    this.#lastColumns = this.#columns;
    this.#lastRow = row;
    return isAdded && builder.isFull ? this.flush() : sent;
  }

  #start(expected: number | undefined): BatchBuilder {
    const { limits, format, memory } = this.#parts;
    return new BatchBuilder({ ...this.#source, expected, memory }, limits, format);
  }
}
