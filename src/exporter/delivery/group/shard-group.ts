/** The check that fails while a pod cannot take part in its group. */
export const GROUP_CHECK = 'shard group';

/** Who exports shards: what the group of an exporter's pods gives and takes. */
export interface ShardOwner {
  /** How many shards there are. */
  readonly shards: number;
  /** True once everything that exporting needs was well. */
  isAble(): boolean;
  /** The shards that it exports now. */
  owned(): readonly number[];
  /**
   * Exports these shards from now on, and lets go of all others. Resolves true when it had none of the others; false:
   * it has let go of some, which somebody else may have now.
   */
  assign(shards: readonly number[]): Promise<boolean>;
}

/** The group in which an exporter's pods share its shards. */
export interface ShardGroup {
  /** Takes part in the name of an owner, until `signal` aborts; then leaves. */
  run(owner: ShardOwner, signal: AbortSignal): Promise<void>;
}
