import type { DataSource } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { Ledger } from '../shard/ledger.ts';
import type { ProgressMessage } from '../shard/progress-message.ts';
import { progressSections } from '../shard/progress-sections.ts';
import { ProducerError, type RecordProducer } from '../shard/record-producer.ts';
import { PLAN_SHARD } from '../shard/settle-plan.ts';

/** What a reset needs. */
export interface ResetDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** A producer that takes a shard over from whoever has it. */
  readonly producerOf: (shard: number) => RecordProducer;
  /** Reads a shard's partition up to an opening; undefined when `signal` aborted first. */
  readonly read: (
    shard: number,
    opening: string,
    signal: AbortSignal,
  ) => Promise<readonly ProgressMessage[] | undefined>;
  /** A name that was never used before. */
  readonly newOpening: () => string;
  /** Called when a shard goes on from the new second. */
  readonly onShard: (shard: number) => void;
}

/** Where data sources go on, in seconds since the Unix epoch. */
export type ResetTargets = ReadonlyMap<DataSource, number>;

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 2_000 };
/** An exporter that is fenced leaves its shard alone for ten seconds: two tries are enough, unless Kafka itself is in trouble. */
const TRIES_MAX = 8;

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
    before.push(await resetShard(deps, { shard, targets: request.targets }, signal));
    deps.onShard(shard);
  }
  return before;
}

async function resetShard(
  deps: ResetDeps,
  own: { readonly shard: number; readonly targets: ResetTargets },
  signal: AbortSignal,
): Promise<readonly ProgressMessage[]> {
  const producer = deps.producerOf(own.shard);
  const commit = (messages: readonly ProgressMessage[]): Promise<void> =>
    producer.commit(progressSections(messages, deps.clock.now()));
  const openings: string[] = [];
  for (let attempt = 0; ; attempt++) {
    try {
      await producer.open(signal);
      signal.throwIfAborted();
      const opening = deps.newOpening();
      // What was committed before stands before this message, whatever the leader that is asked knows of its end.
      await commit([{ kind: 'opened', opening }]);
      const messages = (await deps.read(own.shard, opening, signal)) ?? [];
      signal.throwIfAborted();
      const before = messagesBefore(messages, openings);
      if (before !== undefined) return before;
      openings.push(opening);
      await commit(resetMessages(messages, own));
      return messages;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProducerError) || attempt + 1 === TRIES_MAX) throw error;
      // What the commit came to is not known after an error: the partition says it.
      await deps.clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
    }
  }
}

/**
 * What a partition said before a reset of an earlier try, which is committed though its try failed; undefined: none is.
 * Between an opening and the next one stands only what its owner has committed.
 */
function messagesBefore(
  messages: readonly ProgressMessage[],
  openings: readonly string[],
): readonly ProgressMessage[] | undefined {
  const at = messages.findIndex((message, i) => {
    const next = messages[i + 1];
    const isOwn = message.kind === 'opened' && openings.includes(message.opening);
    return isOwn && next !== undefined && next.kind !== 'opened';
  });
  return at < 0 ? undefined : messages.slice(0, at);
}

/** What a shard whose partition holds `messages` commits to go on from other seconds. */
function resetMessages(
  messages: readonly ProgressMessage[],
  { shard, targets }: { readonly shard: number; readonly targets: ResetTargets },
): readonly ProgressMessage[] {
  return [...targets].flatMap(([dataSource, second]): readonly ProgressMessage[] => {
    const ledger = new Ledger(dataSource);
    for (const message of messages) ledger.apply(message);
    const start: ProgressMessage = { kind: 'start', dataSource, second };
    return [...(shard === PLAN_SHARD ? [start] : []), ...ledger.messagesOfReset(second)];
  });
}
