import type { DataSource } from '../../deepflow/data-sources.ts';

/** Seconds that belong to one shard together: long enough for full batches, short enough to share the work. */
export const BLOCK_SECONDS = 10;

/** How time is shared from a second on, until the next period. The first period begins at 0. */
export interface Period {
  /** The first second of a block. */
  readonly from: number;
  readonly shards: number;
}

/** How time is shared: periods in order, at least one. */
export type Layout = readonly Period[];

/**
 * The share of a data source's time that belongs to a shard. With n shards, it is every n-th block.
 */
export interface Share {
  readonly dataSource: DataSource;
  readonly shard: number;
  readonly layout: Layout;
}

/** How many shards share the time in the last period. */
export function shardsNow(layout: Layout): number {
  return layout.at(-1)?.shards ?? 0;
}

/** The first second of the block that a second is in. */
export function blockOf(second: number): number {
  return second - (second % BLOCK_SECONDS);
}

/**
 * The shard that exports a second of a period. This mapping must never change, or seconds would be
 * exported twice or not at all. Data sources are shifted against each other, so that no shard has
 * the newest second of all data sources.
 */
export function shardOf(dataSource: DataSource, second: number, shards: number): number {
  return (blockOf(second) / BLOCK_SECONDS + shiftOf(dataSource)) % shards;
}

/** The first second from `second` on that belongs to the shard. Infinity when there is none. */
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
