/** The check that fails while a pod cannot take part in its group. */
export const GROUP_CHECK = 'shard group';

/** An exporter of shards, to which the group of the exporter's pods assigns shards. */
export interface ShardOwner {
  /** How many shards there are. */
  readonly shards: number;
  /** True once everything that exporting needs has worked. */
  isAble(): boolean;
  /** The shards that the owner exports now. */
  owned(): readonly number[];
  /**
   * Exports these shards from now on and releases all others. Resolves true when the owner had no
   * other shards. Resolves false when it released shards, which another pod may own now.
   */
  assign(shards: readonly number[]): Promise<boolean>;
}

/** The group in which an exporter's pods share its shards. */
export interface ShardGroup {
  /**
   * Takes part in the group on behalf of `owner` until `signal` aborts. Then it leaves the group.
   */
  run(owner: ShardOwner, signal: AbortSignal): Promise<void>;
}
