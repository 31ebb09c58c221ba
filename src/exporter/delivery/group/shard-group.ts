/** The check that fails while a pod cannot take part in its group. */
export const GROUP_CHECK = 'shard group';

import type { ProgressOwner } from '../../progress/progress-message.ts';

/** An exporter of shards, to which the group of the exporter's pods assigns shards. */
export interface ShardOwner {
  /** How many shards there are. */
  readonly shards: number;
  /** The KafkaExporter to which the progress must belong. Undefined: not known. */
  readonly progressOwner: ProgressOwner | undefined;
  /** True: the progress named that KafkaExporter as its owner when this exporter started. */
  readonly isRecorded: boolean;
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
