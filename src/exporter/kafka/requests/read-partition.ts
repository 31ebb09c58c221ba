import type { Broker } from 'kafkajs/src/cluster/index.js';
import type { Clock } from '../../../lib/clock.ts';
import { committedMessages } from '../kafkajs/committed-messages.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { KafkaSessionError } from '../errors/kafka-session-error.ts';
import type { TopicPartition } from './produce-request.ts';

/** A message as it is stored in a topic. */
export interface StoredMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

const FETCH_BYTES = 1_048_576;
const LATEST_OFFSET = -1;
const READ_COMMITTED = 1;
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
    const { fetched, committed } = await fetch(leader, target, next);
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

async function fetch(
  leader: Broker,
  { topic, partition }: TopicPartition,
  from: bigint,
): Promise<{
  readonly fetched: Parameters<typeof committedMessages>[0];
  readonly committed: ReturnType<typeof committedMessages>;
}> {
  const { responses } = await leader.fetch({
    replicaId: -1,
    isolationLevel: READ_COMMITTED,
    maxWaitTime: 1_000,
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    topics: [
      { topic, partitions: [{ partition, fetchOffset: String(from), maxBytes: FETCH_BYTES }] },
    ],
  });
  const answer = responses[0]?.partitions[0];
  const fetched = answer?.messages ?? [];
  return { fetched, committed: committedMessages(fetched, answer?.abortedTransactions ?? []) };
}

async function endOffset(leader: Broker, { topic, partition }: TopicPartition): Promise<bigint> {
  const { responses } = await leader.listOffsets({
    replicaId: -1,
    isolationLevel: READ_COMMITTED,
    topics: [{ topic, partitions: [{ partition, timestamp: LATEST_OFFSET }] }],
  });
  return BigInt(responses[0]?.partitions[0]?.offset ?? 0);
}
