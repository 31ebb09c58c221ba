import type { Broker } from 'kafkajs/src/cluster/index.js';
import { committedMessages, type FetchedMessage } from '../kafkajs/committed-messages.ts';
import type { TopicPartition } from './produce-request.ts';

const FETCH_BYTES = 1_048_576;
/** Instead of a time, Kafka takes these for the ends of a partition. */
const LATEST = -1;
const EARLIEST = -2;
const NONE = -1n;
const READ_COMMITTED = 1;

/** The answer to one fetch. Both lists may begin before the wanted offset, since a fetch returns whole batches. */
export interface FetchedCommitted {
  /** All messages, also markers and those of aborted transactions: they tell how far the answer goes. */
  readonly fetched: readonly FetchedMessage[];
  readonly committed: readonly FetchedMessage[];
}

/**
 * Fetches about a megabyte of a partition from its leader. Messages of transactions that are still open are not in the answer.
 *
 * @throws what kafkajs throws.
 */
export async function fetchCommitted(
  leader: Broker,
  { topic, partition }: TopicPartition,
  { from, waitMs }: { readonly from: bigint; readonly waitMs: number },
): Promise<FetchedCommitted> {
  const { responses } = await leader.fetch({
    replicaId: -1,
    isolationLevel: READ_COMMITTED,
    maxWaitTime: waitMs,
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

/** The offset after the last committed message of a partition. @throws what kafkajs throws. */
export async function endOffset(leader: Broker, target: TopicPartition): Promise<bigint> {
  return (await listOffset(leader, target, LATEST)) ?? 0n;
}

/** The offset of the first message that a partition still has. @throws what kafkajs throws. */
export async function startOffset(leader: Broker, target: TopicPartition): Promise<bigint> {
  return (await listOffset(leader, target, EARLIEST)) ?? 0n;
}

/**
 * The offset of the first message whose timestamp is this time or later, in milliseconds since the Unix epoch. Undefined: there
 * is none.
 *
 * @throws what kafkajs throws.
 */
export function offsetAt(
  leader: Broker,
  target: TopicPartition,
  timeMs: number,
): Promise<bigint | undefined> {
  return listOffset(leader, target, timeMs);
}

async function listOffset(
  leader: Broker,
  { topic, partition }: TopicPartition,
  timestamp: number,
): Promise<bigint | undefined> {
  const { responses } = await leader.listOffsets({
    replicaId: -1,
    isolationLevel: READ_COMMITTED,
    topics: [{ topic, partitions: [{ partition, timestamp }] }],
  });
  const offset = BigInt(responses[0]?.partitions[0]?.offset ?? NONE);
  return offset === NONE ? undefined : offset;
}
