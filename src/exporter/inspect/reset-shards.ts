import type { DataSource } from '../../deepflow/data-sources.ts';
import { type AmendDeps, amendPartition } from '../delivery/time-plan/amend-partition.ts';
import { SentRows } from '../progress/sent-rows.ts';
import type { ProgressMessage } from '../progress/progress-message.ts';
import { TIME_PLAN_SHARD } from '../progress/time-plan.ts';

/** What a reset needs. */
export interface ResetDeps extends AmendDeps {
  /** Called when a shard has been moved to the new second. */
  readonly onShard: (shard: number) => void;
}

/** The seconds from which data sources continue, since the Unix epoch. */
export type ResetTargets = ReadonlyMap<DataSource, number>;

/**
 * Moves all shards to other seconds, one after the other, and returns the messages that their
 * partitions held before. Each shard is taken over, so its current owner loses its open transaction
 * and must read its partition again. Then one transaction moves the shard's `done` and deletes the
 * sent rows. The time plan's shard comes first, and its transaction also moves the starts. To
 * complete a reset that broke off, run it again.
 *
 * @throws ProducerError when a shard cannot be taken over after several tries, and the reason of
 *   `signal` when it aborts.
 */
export async function resetShards(
  deps: ResetDeps,
  request: { readonly shards: number; readonly targets: ResetTargets },
  signal: AbortSignal,
): Promise<readonly (readonly ProgressMessage[])[]> {
  const before: (readonly ProgressMessage[])[] = [];
  for (let shard = 0; shard < request.shards; shard++) {
    const own = { shard, targets: request.targets };
    const addedTo = (said: readonly ProgressMessage[]): readonly ProgressMessage[] =>
      resetMessages(said, own);
    before.push(await amendPartition(deps, { shard, addedTo }, signal));
    deps.onShard(shard);
  }
  return before;
}

/**
 * The messages that a shard commits to continue from other seconds, when its partition holds
 * `messages`.
 */
function resetMessages(
  messages: readonly ProgressMessage[],
  { shard, targets }: { readonly shard: number; readonly targets: ResetTargets },
): readonly ProgressMessage[] {
  return [...targets].flatMap(([dataSource, second]): readonly ProgressMessage[] => {
    const sentRows = new SentRows(dataSource);
    for (const message of messages) sentRows.apply(message);
    const start: ProgressMessage = { kind: 'start', dataSource, second };
    return [...(shard === TIME_PLAN_SHARD ? [start] : []), ...sentRows.messagesOfReset(second)];
  });
}
