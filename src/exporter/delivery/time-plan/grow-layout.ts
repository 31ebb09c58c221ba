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

/** What a change of the time layout needs. */
export interface GrowthDeps {
  readonly clock: Clock;
  /** How many shards there can be. */
  readonly partitions: number;
  /**
   * Takes another shard over, adds messages to its partition, and returns the messages that it held
   * before.
   */
  readonly amend: (
    shard: number,
    added: readonly ProgressMessage[],
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[]>;
}

/** The partition of the time plan, and the time layout that it holds. */
interface PlanPartition extends OwnPartition {
  readonly layout: Layout;
  /** A period that was announced and is not valid yet. */
  readonly next: Period | undefined;
}

/**
 * A new period begins this far ahead. No shard exports the seconds from there on while the barriers
 * are written.
 */
const AHEAD_SECONDS = 10;

/**
 * Shares time between more shards when the topic has more partitions, beginning at a second that no
 * shard has exported yet. The owner of the time plan's shard calls this before it exports. There
 * are three steps, and none of them depends on a clock:
 *
 * 1. The time plan announces the next period. Only one exporter can write the plan at a time, and a
 *    later exporter only moves the beginning of the period to a later second.
 * 2. Each other shard is taken over, and its partition gets a barrier: an exporter that reads the
 *    barrier exports nothing from that second on until the plan has a period that begins there or
 *    later.
 * 3. The time plan states that the period is valid. If a shard has already exported seconds beyond
 *    the beginning of the period, the beginning moves to a later second instead.
 *
 * If an exporter stops between these steps, the next owner of the time plan's shard completes them.
 *
 * @returns the time layout that is valid now.
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
