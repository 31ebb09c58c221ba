import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { BatchBuilder, type BatchFormat, type BatchLimits } from '../encode/batch-builder.ts';
import type { RecordEncoder } from '../encode/compile-encoder.ts';
import type { RecordKeys } from '../encode/record-keys.ts';
import { groupRows } from './group-rows.ts';
import type { Partitioner, RecordProducer } from './record-producer.ts';

/** Where records go, and in how large batches. */
interface FillerParts {
  readonly producer: Pick<RecordProducer, 'send' | 'partitioner'>;
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
}

/** Tells which rows are to be sent; undefined: all of them. */
type NewRowsOnly = { isNew(row: number): boolean } | undefined;

/** Fills the batches of a window of one data source and sends them. One batch is under way at a time. */
export class RowFiller {
  /** Records that were added. */
  records = 0;
  readonly #parts: FillerParts;
  readonly #source: { readonly dataSource: DataSource; readonly encoder: RecordEncoder };
  #builder: BatchBuilder | undefined = undefined;
  /** Where the batch under way goes; undefined: anywhere. */
  #partition: number | undefined = undefined;
  /** Asked for once, when there is something to send. */
  #partitioner: Partitioner | undefined = undefined;

  constructor(parts: FillerParts, dataSource: DataSource, encoder: RecordEncoder) {
    this.#parts = parts;
    this.#source = { dataSource, encoder };
  }

  /** Adds the rows of a batch of columns that are to be sent. */
  async addBatch(batch: RecordBatch, picker: NewRowsOnly): Promise<void> {
    const { encoder } = this.#source;
    if (encoder.keys !== undefined) {
      await this.#addKeyed(encoder.keys, batch, picker);
      return;
    }
    encoder.bind(batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (picker?.isNew(row) === false) continue;
      const full = this.#add(row);
      if (full !== undefined) await full;
    }
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    const builder = this.#builder;
    this.#builder = undefined;
    if (builder !== undefined) await this.#parts.producer.send(builder.build(), this.#partition);
  }

  /** Rows are encoded partition after partition, so that memory does not grow with the partitions of the topic. */
  async #addKeyed(keys: RecordKeys, batch: RecordBatch, picker: NewRowsOnly): Promise<void> {
    const added: number[] = [];
    for (let row = 0; row < batch.numRows; row++) if (picker?.isNew(row) !== false) added.push(row);
    if (added.length === 0) return;
    const { dataSource, encoder } = this.#source;
    const partitioner = (this.#partitioner ??= await this.#parts.producer.partitioner(dataSource));
    keys.bind(batch);
    const { rows, groups } = groupRows(added, (row) => {
      const key = keys.of(row);
      return key === undefined ? undefined : partitioner(key);
    });
    encoder.bind(batch, rows);
    let row = 0;
    for (const { partition, end } of groups) {
      if (partition !== this.#partition) await this.flush();
      this.#partition = partition;
      for (; row < end; row++) {
        const full = this.#add(row);
        if (full !== undefined) await full;
      }
    }
  }

  /** Adds a row; a promise when there may be no room for the next one yet. */
  #add(row: number): Promise<void> | undefined {
    this.records++;
    const builder = (this.#builder ??= this.#start());
    if (builder.add(row)) return builder.isFull ? this.flush() : undefined;
    const sent = this.flush();
    const next = (this.#builder = this.#start());
    next.add(row);
    return sent;
  }

  #start(): BatchBuilder {
    const { limits, format } = this.#parts;
    return new BatchBuilder(this.#source, limits, format);
  }
}
