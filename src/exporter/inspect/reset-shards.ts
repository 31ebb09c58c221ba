import type { DataSource } from '../../deepflow/data-sources.ts';
import { type AmendDeps, amendPartition } from '../delivery/time-plan/amend-partition.ts';
import { SentRows } from '../progress/sent-rows.ts';
import type { ProgressMessage } from '../progress/progress-message.ts';
import { TIME_PLAN_SHARD } from '../progress/time-plan.ts';

/** What a reset needs. */
export interface ResetDeps extends AmendDeps {
  /** Called when a shard goes on from the new second. */
  readonly onShard: (shard: number) => void;
}

/** Where data sources go on, in seconds since the Unix epoch. */
export type ResetTargets = ReadonlyMap<DataSource, number>;

/**
 * Makes all shards go on from other seconds, one after the other, and answers what their partitions said before. Each
 * shard is taken over, so that an exporter that has it loses what it was about to commit and must read its partition
 * again; one transaction then moves the shard's `done` and forgets what was sent. The plan's shard comes first: its
 * transaction moves the starts as well. A reset that breaks off is completed by doing it again.
 *
 * @throws ProducerError when a shard can not be taken over again and again, and the reason of `signal` when it aborts.
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

/** What a shard whose partition holds `messages` commits to go on from other seconds. */
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
