import type { DataSource } from '../../deepflow/data-sources.ts';

/** No batch is made smaller than this to fit a topic. */
const BYTES_MIN = 512;

/** How large the batches of each data source may be: as configured, or what its topic takes. */
export class BatchBytes {
  readonly #configured: number;
  readonly #lowered = new Map<DataSource, number>();

  constructor(configured: number) {
    this.#configured = configured;
  }

  /** Most bytes of a batch. */
  of(dataSource: DataSource): number {
    return this.#lowered.get(dataSource) ?? this.#configured;
  }

  /** A topic that takes no batch of this size may take half of it. */
  lower(dataSource: DataSource): void {
    const half = Math.floor(this.of(dataSource) / 2);
    this.#lowered.set(dataSource, Math.max(BYTES_MIN, half));
  }
}
