import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Clock } from '../../lib/clock.ts';
import { BatchBuilder, type BatchFormat, type BatchLimits } from '../encode/batch-builder.ts';
import type { RecordEncoder } from '../encode/compile-encoder.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';
import type { Progress } from './progress.ts';

/** What a batcher needs. */
export interface BatcherDeps {
  readonly clock: Clock;
  readonly progress: Progress;
  /** Hands on a batch; resolves when there is room for the next one. */
  readonly submit: (batch: EncodedBatch, onDelivered: () => void) => Promise<void>;
  readonly onDelivered: () => void;
}

/** How a batcher fills its batches. */
export interface BatcherOptions {
  readonly dataSource: DataSource;
  readonly encoder: RecordEncoder;
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
  readonly flushTimeoutMs: number;
}

interface OpenBatch {
  readonly number: number;
  readonly builder: BatchBuilder;
  readonly cancelTimer: () => void;
}

/**
 * Fills batches with one data source's rows across windows. A batch is handed on when it is full, or
 * `flushTimeoutMs` after its first record.
 */
export class Batcher {
  readonly #deps: BatcherDeps;
  readonly #options: BatcherOptions;
  #open: OpenBatch | undefined = undefined;

  constructor(deps: BatcherDeps, options: BatcherOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * Adds all rows of a batch of columns, as fast as full batches are taken.
   *
   * @throws ColumnTypeError when the columns are not the data source's.
   */
  async addRows(columns: RecordBatch): Promise<void> {
    const { encoder } = this.#options;
    encoder.bind(columns);
    for (let row = 0; row < columns.numRows; row++) {
      const open = (this.#open ??= this.#startBatch());
      if (!open.builder.add(row)) {
        await this.flush();
        row--;
      } else if (open.builder.isFull) {
        await this.flush();
      }
    }
  }

  /** Hands on what there is, full or not. */
  async flush(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.cancelTimer();
    await this.#deps.submit(open.builder.build(), () => {
      this.#deps.progress.delivered(open.number);
      this.#deps.onDelivered();
    });
  }

  #startBatch(): OpenBatch {
    const { dataSource, encoder, limits, format, flushTimeoutMs } = this.#options;
    return {
      number: this.#deps.progress.startBatch(),
      builder: new BatchBuilder({ dataSource, encoder }, limits, format),
      cancelTimer: this.#deps.clock.after(flushTimeoutMs, () => void this.flush()),
    };
  }
}
