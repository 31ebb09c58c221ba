import type { DataSource } from '../../deepflow/data-sources.ts';

/**
 * How far each data source is delivered: the second up to which Kafka has acknowledged every record.
 */
export type Checkpoints = ReadonlyMap<DataSource, number>;

/** Where checkpoints survive a restart. */
export interface CheckpointStore {
  /** The saved checkpoints, once they could be read; undefined when `signal` aborted first. */
  load(signal: AbortSignal): Promise<Checkpoints | undefined>;
  /** Saves checkpoints; resolves true when they are stored, false when `signal` aborted first. */
  save(checkpoints: Checkpoints, signal: AbortSignal): Promise<boolean>;
}
