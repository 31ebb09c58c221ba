import type { DataSource } from '../../deepflow/data-sources.ts';

/** How far a shard is behind with a data source. */
export interface ShardLag {
  readonly shard: number;
  readonly dataSource: DataSource;
  /** Between now and the oldest record of its share that is not yet delivered. */
  readonly seconds: number;
}
