import type { Clock } from '../../../lib/clock.ts';
import {
  BLOCK_SECONDS,
  blockOf,
  type Layout,
  type Period,
  shardsNow,
} from '../../schedule/time-layout.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import type { OwnPartition } from '../../progress/time-plan.ts';

/** What sharing time anew needs. */
export interface GrowthDeps {
  readonly clock: Clock;
  /** How many shards there can be. */
  readonly partitions: number;
  /** Takes another shard over, adds messages to its partition, and answers what it said before. */
  readonly amend: (
    shard: number,
    added: readonly ProgressMessage[],
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[]>;
}

/** The plan's partition, and what it says of how time is shared. */
interface PlanPartition extends OwnPartition {
  readonly layout: Layout;
  /** A period that was announced and does not hold yet. */
  readonly next: Period | undefined;
}

/** A new period begins this far ahead: what has settled by then, nobody exports while the barriers are put up. */
const AHEAD_SECONDS = 10;

/**
 * Shares time between more shards, from a second on that nobody has exported yet, when the topic has got more
 * partitions. Called by whoever has the plan's shard, before it exports. In three steps, none of which trusts a clock:
 *
 * 1. The plan says which period is next. Only one exporter can write the plan at a time, and a later one only moves the
 *    period's beginning on.
 * 2. Each other shard is taken over, and its partition gets a barrier: whoever reads it exports nothing from there on
 *    before the plan has a period that begins there or later.
 * 3. The plan says that the period holds. If a shard has exported beyond its beginning already, it moves on instead.
 *
 * What breaks off in between is completed by whoever has the plan's shard next.
 *
 * @returns how time is shared now.
 * @throws ProducerError
 */
export async function growLayout(
  deps: GrowthDeps,
  plan: PlanPartition,
  signal: AbortSignal,
): Promise<Layout> {
  const { layout, commit } = plan;
  const shards = shardsNow(layout);
  let { next } = plan;
  if (next === undefined && deps.partitions <= shards) return layout;
  let reached = reachedBy(plan.messages);
  for (;;) {
    if (next === undefined || next.from < reached) {
      const after = Math.max(next?.from ?? 0, reached, deps.clock.now() / 1000 + AHEAD_SECONDS);
      next = { from: blockOf(Math.floor(after)) + BLOCK_SECONDS, shards: deps.partitions };
      await commit([{ kind: 'layout', periods: layout, next }]);
    }
    const barrier: ProgressMessage = { kind: 'barrier', second: next.from };
    for (let shard = 1; shard < shards; shard++) {
      const messages = await deps.amend(shard, [barrier], signal);
      reached = Math.max(reached, reachedBy(messages));
    }
    if (reached > next.from) continue;
    const periods = [...layout, next];
    await commit([{ kind: 'layout', periods }]);
    return periods;
  }
}

/** The second before which a shard may have exported something. */
function reachedBy(messages: readonly ProgressMessage[]): number {
  return messages.reduce((reached, message) => {
    if (message.kind === 'done') return Math.max(reached, message.second);
    return message.kind === 'sent' ? Math.max(reached, message.second + 1) : reached;
  }, 0);
}
