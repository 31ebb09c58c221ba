import type { DataSource } from '../../deepflow/data-sources.ts';
import { BatchBuilder, type BatchFormat, type BatchLimits } from '../encode/batch-builder.ts';
import type { RecordEncoder } from '../encode/compile-encoder.ts';
import type { EncodedBatch } from '../encode/encoded-batch.ts';
import type { WaitingJob } from './push-queue.ts';

/** How batches are made. */
export interface BatchOptions {
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
}

/** A row of a job. */
export interface Place {
  readonly job: WaitingJob;
  readonly row: number;
}

/** A batch, and where its last record comes from. */
export interface FilledBatch {
  readonly batch: EncodedBatch;
  readonly last: Place;
}

/** Fills batches with the rows of one job after the other; the encoder must be bound to the columns of each. */
export class BatchFiller {
  readonly #source: { readonly dataSource: DataSource; readonly encoder: RecordEncoder };
  readonly #options: BatchOptions;
  #builder: BatchBuilder;
  #last: Place | undefined = undefined;

  constructor(
    source: { readonly dataSource: DataSource; readonly encoder: RecordEncoder },
    options: BatchOptions,
  ) {
    this.#source = source;
    this.#options = options;
    this.#builder = this.#start();
  }

  /**
   * Adds a row, which the encoder is bound to as `bound`; a batch that is full by it, or had no room for it, comes back.
   */
  add(place: Place, bound = place.row): FilledBatch | undefined {
    if (this.#builder.add(bound)) {
      this.#last = place;
      return this.#builder.isFull ? this.take() : undefined;
    }
    const filled = this.take();
    this.#builder.add(bound);
    this.#last = place;
    return filled;
  }

  /** What has been added since the last batch; undefined: nothing. */
  take(): FilledBatch | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const batch = this.#builder.build();
    this.#builder = this.#start();
    this.#last = undefined;
    return { batch, last };
  }

  #start(): BatchBuilder {
    const { limits, format } = this.#options;
    return new BatchBuilder(this.#source, limits, format);
  }
}
