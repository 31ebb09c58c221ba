import type { DataSource } from '../../deepflow/data-sources.ts';

/** Batches are never made smaller than this to fit a topic. */
const BYTES_MIN = 512;

/** Half of a size, but at least the smallest size. */
export function lowerBatchBytes(bytes: number): number {
  return Math.max(BYTES_MIN, Math.floor(bytes / 2));
}

/**
 * How large the batches of each data source may be: as configured, or as large as its topic
 * accepts.
 */
export class BatchBytes {
  readonly #configured: number;
  readonly #lowered = new Map<DataSource, number>();

  constructor(configured: number) {
    this.#configured = configured;
  }

  /** The most bytes of a batch. */
  of(dataSource: DataSource): number {
    return this.#lowered.get(dataSource) ?? this.#configured;
  }

  /** Halves the size: a topic that rejects a batch of this size may accept half of it. */
  lower(dataSource: DataSource): void {
    this.#lowered.set(dataSource, lowerBatchBytes(this.of(dataSource)));
  }
}
