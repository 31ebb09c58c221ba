import type { DataSource } from '../../deepflow/data-sources.ts';

/** Seconds that belong to one shard together: long enough for full batches, short enough to share the work. */
export const BLOCK_SECONDS = 10;

/** How time is shared from a second on, until the next period: the first one begins at 0. */
export interface Period {
  /** The first second of a block. */
  readonly from: number;
  readonly shards: number;
}

/** How time is shared: periods in order, at least one. */
export type Layout = readonly Period[];

/** The share of a data source's time that belongs to a shard: every so many blocks, one of each data source's. */
export interface Share {
  readonly dataSource: DataSource;
  readonly shard: number;
  readonly layout: Layout;
}

/** How many shards share the time that has not come yet. */
export function shardsNow(layout: Layout): number {
  return layout.at(-1)?.shards ?? 0;
}

/** The first second of the block that a second is in. */
export function blockOf(second: number): number {
  return second - (second % BLOCK_SECONDS);
}

/**
 * The shard that exports a second of a period. It must never change, or seconds would be exported twice or not at all. Data
 * sources are shifted against each other, so that not one shard has the newest second of them all.
 */
export function shardOf(dataSource: DataSource, second: number, shards: number): number {
  return (blockOf(second) / BLOCK_SECONDS + shiftOf(dataSource)) % shards;
}

/** The first second from `second` on that belongs to the shard; infinity when none does. */
export function ownSecond({ dataSource, shard, layout }: Share, second: number): number {
  for (const [i, { from, shards }] of layout.entries()) {
    const to = layout[i + 1]?.from ?? Infinity;
    if (to <= second || shard >= shards) continue;
    const first = Math.max(second, from);
    const blocks = (shard - shardOf(dataSource, first, shards) + shards) % shards;
    const own = blocks === 0 ? first : blockOf(first) + blocks * BLOCK_SECONDS;
    if (own < to) return own;
  }
  return Infinity;
}

function shiftOf(dataSource: DataSource): number {
  return Buffer.from(dataSource).reduce((sum, byte) => sum + byte, 0);
}
