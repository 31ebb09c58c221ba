import type { Broker } from 'kafkajs/src/cluster/index.js';
import type { Clock } from '../../../lib/clock.ts';
import { committedMessages } from '../kafkajs/committed-messages.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { KafkaSessionError } from '../errors/kafka-session-error.ts';
import type { TopicPartition } from './produce-request.ts';

/** A message as it stands in a topic. */
export interface StoredMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

const FETCH_BYTES = 1_048_576;
const LATEST_OFFSET = -1;
const READ_COMMITTED = 1;
const DEADLINE_MS = 60_000;
const NOT_READ: KafkaFailure = {
  reason: 'BrokerUnreachable',
  detail: 'what was committed last could not be read in time',
};

/**
 * The committed messages of a partition, oldest first, from its leader: up to the one that `isLast` tells, for which it
 * waits; without it, up to the end that the leader knows now, which may lag right after it was elected.
 *
 * @throws KafkaSessionError when the last message does not come within a minute, and what kafkajs throws.
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
      // A batch is answered whole, from its first message on.
      if (BigInt(offset) < next) continue;
      messages.push({ key, value });
      if (isLast?.({ key, value }) === true) return messages;
    }
    const last = fetched.at(-1)?.offset;
    if (last !== undefined && BigInt(last) >= next) next = BigInt(last) + 1n;
    // Compaction leaves holes, for which a fetch answers nothing: step over them up to the end.
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
