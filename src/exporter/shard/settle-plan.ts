import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ProgressMessage } from './progress-message.ts';
import type { OwnPartition, Plan } from './shard-loop.ts';

/** The partition that says how time is shared and where it starts. */
export const PLAN_SHARD = 0;

const POLL_MS = 500;

/** What settling the plan needs. */
export interface PlanDeps {
  readonly clock: Clock;
  readonly dataSources: readonly DataSource[];
  /** Shards when nothing is settled yet. */
  readonly partitions: number;
  /** Where a data source starts that never started; undefined when `signal` aborted first. */
  readonly startOf: (dataSource: DataSource, signal: AbortSignal) => Promise<number | undefined>;
  /** Reads the plan's partition. */
  readonly read: (signal: AbortSignal) => Promise<readonly ProgressMessage[] | undefined>;
}

/**
 * The plan as it stands in its partition. Whoever has that shard adds what is missing, once and for all, so that no
 * crash and no second pod moves a start; the others wait for how time is shared. They may not find every start yet: in
 * a rollout, whoever has the plan's shard may not know of a new data source.
 */
export async function settlePlan(
  deps: PlanDeps,
  own: OwnPartition & { readonly shard: number },
  signal: AbortSignal,
): Promise<Plan | undefined> {
  if (own.shard === PLAN_SHARD) return addMissing(deps, own, signal);
  while (!signal.aborted) {
    const messages = await deps.read(signal);
    if (messages === undefined) return undefined;
    const plan = planIn(messages);
    if (plan.shards !== undefined) return { ...plan, shards: plan.shards };
    await deps.clock.sleep(POLL_MS, signal);
  }
  return undefined;
}

async function addMissing(
  deps: PlanDeps,
  own: OwnPartition,
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const { shards, starts } = planIn(own.messages);
  const added: ProgressMessage[] = [];
  if (shards === undefined) added.push({ kind: 'layout', shards: deps.partitions });
  for (const dataSource of deps.dataSources) {
    if (starts.has(dataSource)) continue;
    const second = await deps.startOf(dataSource, signal);
    if (second === undefined) return undefined;
    added.push({ kind: 'start', dataSource, second });
  }
  if (added.length > 0) await own.commit(added);
  const plan = planIn([...own.messages, ...added]);
  return { shards: plan.shards ?? deps.partitions, starts: plan.starts };
}

/** How time is shared and where it starts, as far as the plan's partition says it. */
export function planIn(messages: readonly ProgressMessage[]): {
  readonly shards: number | undefined;
  readonly starts: ReadonlyMap<DataSource, number>;
} {
  let shards: number | undefined;
  const starts = new Map<DataSource, number>();
  for (const message of messages) {
    if (message.kind === 'layout') shards = message.shards;
    if (message.kind === 'start') starts.set(message.dataSource, message.second);
  }
  return { shards, starts };
}
