import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { Clock } from '../../../lib/clock.ts';
import { growLayout } from './grow-layout.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import type { StartOf } from './start-second.ts';
import {
  type OwnPartition,
  TIME_PLAN_SHARD,
  type TimePlan,
  timePlanIn,
} from '../../progress/time-plan.ts';

const POLL_MS = 500;

/** What agreeing on the time plan needs. */
export interface TimePlanDeps {
  readonly clock: Clock;
  readonly dataSources: readonly DataSource[];
  /** How many shards there can be. */
  readonly partitions: number;
  /** The second at which a data source starts that was never exported. */
  readonly startOf: StartOf;
  /** Reads the partition of the time plan. */
  readonly read: (signal: AbortSignal) => Promise<readonly ProgressMessage[] | undefined>;
  /**
   * Adds messages to the partition of another shard and returns the messages that it held before.
   * Undefined: the time layout cannot change.
   */
  readonly amend:
    | ((
        shard: number,
        added: readonly ProgressMessage[],
        signal: AbortSignal,
      ) => Promise<readonly ProgressMessage[]>)
    | undefined;
}

/**
 * Returns the time plan that is stored in its partition. The exporter that owns shard 0
 * adds what is missing, and only once. So neither a crash nor another pod changes a start. Other exporters wait
 * for the time layout. Starts may still be missing: a table may be missing, and during a rollout
 * the owner of the time plan's shard may not know a new data source.
 */
export async function agreeOnTimePlan(
  deps: TimePlanDeps,
  own: OwnPartition & { readonly shard: number },
  signal: AbortSignal,
): Promise<TimePlan | undefined> {
  if (own.shard === TIME_PLAN_SHARD) return addMissing(deps, own, signal);
  while (!signal.aborted) {
    const messages = await deps.read(signal);
    if (messages === undefined) return undefined;
    const { layout, starts } = timePlanIn(messages);
    if (layout !== undefined) return { layout, starts };
    await deps.clock.sleep(POLL_MS, signal);
  }
  return undefined;
}

async function addMissing(
  deps: TimePlanDeps,
  own: OwnPartition,
  signal: AbortSignal,
): Promise<TimePlan | undefined> {
  const { layout, next, starts } = timePlanIn(own.messages);
  const added: ProgressMessage[] = [];
  const periods = layout ?? [{ from: 0, shards: deps.partitions }];
  if (layout === undefined) added.push({ kind: 'layout', periods });
  const unknown = deps.dataSources.filter((dataSource) => !starts.has(dataSource));
  // Starts that are not known yet do not delay the others: the time plan is requested again later.
  await Promise.all(
    unknown.map(async (dataSource) => {
      const second = await deps.startOf(dataSource, signal);
      if (second !== undefined) added.push({ kind: 'start', dataSource, second });
    }),
  );
  if (signal.aborted) return undefined;
  if (added.length > 0) await own.commit(added);
  const { clock, partitions, amend } = deps;
  const agreed = timePlanIn([...own.messages, ...added]).starts;
  if (amend === undefined) return { layout: periods, starts: agreed };
  try {
    const plan = { ...own, layout: periods, next };
    return { layout: await growLayout({ clock, partitions, amend }, plan, signal), starts: agreed };
  } catch (error) {
    // The next owner of the time plan completes the change.
    if (hasAborted(signal)) return undefined;
    throw error;
  }
}

/** A function, because the compiler assumes that the property does not change after a check. */
function hasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
