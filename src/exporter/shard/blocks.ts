import type { DataSource } from '../../deepflow/data-sources.ts';

/** Seconds that belong to one shard together: long enough for full batches, short enough to share the work. */
export const BLOCK_SECONDS = 10;

/** The share of a data source's time that belongs to a shard: every so many blocks, one of each data source's. */
export interface Share {
  readonly dataSource: DataSource;
  readonly shard: number;
  readonly shards: number;
}

/** The first second of the block that a second is in. */
export function blockOf(second: number): number {
  return second - (second % BLOCK_SECONDS);
}

/**
 * The shard that exports a second. It must never change, or seconds would be exported twice or not at all. Data
 * sources are shifted against each other, so that not one shard has the newest second of them all.
 */
export function shardOf(dataSource: DataSource, second: number, shards: number): number {
  return (blockOf(second) / BLOCK_SECONDS + shiftOf(dataSource)) % shards;
}

/** The first second from `second` on that belongs to the shard. */
export function ownSecond({ dataSource, shard, shards }: Share, second: number): number {
  const now = shardOf(dataSource, second, shards);
  const blocks = (shard - now + shards) % shards;
  return blocks === 0 ? second : blockOf(second) + blocks * BLOCK_SECONDS;
}

function shiftOf(dataSource: DataSource): number {
  return Buffer.from(dataSource).reduce((sum, byte) => sum + byte, 0);
}
