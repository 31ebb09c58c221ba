import type { Broker } from 'kafkajs/src/cluster/index.js';
import type { Clock } from '../../../lib/clock.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { KafkaSessionError } from '../errors/kafka-session-error.ts';
import { endOffset, fetchCommitted } from './fetch-committed.ts';
import type { TopicPartition } from './produce-request.ts';

/** A message as it is stored in a topic. */
export interface StoredMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** How long a broker waits for a new message before it answers. */
const WAIT_MS = 1_000;
const DEADLINE_MS = 60_000;
const NOT_READ: KafkaFailure = {
  reason: 'KafkaNotReady',
  detail: 'the last committed message could not be read in time',
};

/**
 * The committed messages of a partition, oldest first, from its leader: up to the message for which
 * `isLast` is true. It waits for that message. Without `isLast` it reads up to the end that the
 * leader knows now, which may be outdated directly after an election.
 *
 * @throws KafkaSessionError when the last message does not come within a minute, and what kafkajs
 *   throws.
 */
export async function readPartition(
  clock: Clock,
  leader: Broker,
  {
    target,
    isLast,
  }: {
    readonly target: TopicPartition;
    readonly isLast: ((message: StoredMessage) => boolean) | undefined;
  },
): Promise<readonly StoredMessage[]> {
  const knownEnd = isLast === undefined ? await endOffset(leader, target) : undefined;
  const deadlineMs = clock.monotonicMs() + DEADLINE_MS;
  const messages: StoredMessage[] = [];
  let next = 0n;
  while (knownEnd === undefined || next < knownEnd) {
    if (clock.monotonicMs() > deadlineMs) {
      throw new KafkaSessionError(`read ${target.topic}`, NOT_READ);
    }
    const { fetched, committed } = await fetchCommitted(leader, target, {
      from: next,
      waitMs: WAIT_MS,
    });
    for (const { key, value, offset } of committed) {
      // A fetch returns whole batches, so messages before `next` may come.
      if (BigInt(offset) < next) continue;
      messages.push({ key, value });
      if (isLast?.({ key, value }) === true) return messages;
    }
    const last = fetched.at(-1)?.offset;
    if (last !== undefined && BigInt(last) >= next) next = BigInt(last) + 1n;
    // Compaction leaves gaps, for which a fetch returns nothing: skip them up to the end.
    else if ((knownEnd ?? (await endOffset(leader, target))) > next) next++;
  }
  return messages;
}
