import type { Credentials } from '../../config/credential-store.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { sessionError } from '../errors/kafka-session-error.ts';
import { endOffset, fetchCommitted, offsetAt, startOffset } from '../requests/fetch-committed.ts';
import type { TopicPartition } from '../requests/produce-request.ts';
import type { StoredMessage } from '../requests/read-partition.ts';
import { connectCluster } from './connect-cluster.ts';
import type { LoginDeps } from './sasl-login.ts';
import { TopicLeaders } from './topic-leaders.ts';

/** The part of a configuration that connections need. */
export type KafkaAccess = Pick<ExporterConfig['kafka'], 'endpoints' | 'sasl' | 'tls'>;

/** A message with its offset, and its timestamp in milliseconds since the Unix epoch. */
export interface TimedMessage extends StoredMessage {
  readonly offset: bigint;
  readonly timeMs: number;
}

/** Connections to a Kafka cluster that read topics. It joins no group, stores no offset and writes nothing. */
export interface KafkaReader {
  /** How many partitions a topic has. @throws KafkaSessionError. */
  partitionCount(topic: string): Promise<number>;
  /** The offset after the last committed message of a partition. @throws KafkaSessionError. */
  endOffset(target: TopicPartition): Promise<bigint>;
  /** The offset of the first message that a partition still has. @throws KafkaSessionError. */
  startOffset(target: TopicPartition): Promise<bigint>;
  /**
   * The offset of the first message whose timestamp is this time or later. Undefined: there is none.
   *
   * @throws KafkaSessionError.
   */
  offsetAt(target: TopicPartition, timeMs: number): Promise<bigint | undefined>;
  /**
   * The committed messages of a partition from an offset on, about a megabyte of what is there now, and the offset to continue from.
   *
   * @throws KafkaSessionError.
   */
  read(
    target: TopicPartition,
    from: bigint,
  ): Promise<{ readonly messages: readonly TimedMessage[]; readonly next: bigint }>;
  close(): Promise<void>;
}

/** Connects and authenticates. @throws KafkaSessionError with the failure's reason. */
export async function openKafkaReader(
  deps: LoginDeps,
  config: KafkaAccess,
  credentials: Credentials,
): Promise<KafkaReader> {
  const cluster = await connectCluster(deps, config, credentials);
  const leaders = new TopicLeaders(deps.clock, cluster);
  const atLeader = async <T>(
    target: TopicPartition,
    ask: (leader: Awaited<ReturnType<TopicLeaders['leaderOf']>>) => Promise<T>,
  ): Promise<T> => {
    try {
      return await ask(await leaders.leaderOf(target));
    } catch (error) {
      leaders.forget(target.topic);
      throw sessionError(`read ${target.topic}`, error);
    }
  };
  return {
    partitionCount: (topic) => leaders.partitionCount(topic),
    endOffset: (target) => atLeader(target, (leader) => endOffset(leader, target)),
    startOffset: (target) => atLeader(target, (leader) => startOffset(leader, target)),
    offsetAt: (target, timeMs) => atLeader(target, (leader) => offsetAt(leader, target, timeMs)),
    read: (target, from) =>
      atLeader(target, async (leader) => {
        const { committed, fetched } = await fetchCommitted(leader, target, { from, waitMs: 0 });
        const last = fetched.at(-1)?.offset;
        const next = last === undefined || BigInt(last) < from ? from : BigInt(last) + 1n;
        const messages = committed
          .map(({ key, offset, timestamp, value }) => ({
            key,
            value,
            offset: BigInt(offset),
            timeMs: Number(timestamp),
          }))
          .filter(({ offset }) => offset >= from);
        return { messages, next };
      }),
    close: () => cluster.disconnect(),
  };
}
