import type { DataSource } from '../../deepflow/data-sources.ts';

/** How far a shard is behind with a data source. */
export interface ShardLag {
  readonly shard: number;
  readonly dataSource: DataSource;
  /** The seconds between now and the oldest record of the shard that is not yet delivered. */
  readonly seconds: number;
}
