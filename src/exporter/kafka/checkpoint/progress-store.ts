import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { parseProgress, type ProgressMessage } from '../../progress/progress-message.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import { CHECKPOINT_CHECK } from '../../status/shard-checks.ts';
import type { KafkaConnection } from '../session/kafka-connection.ts';
import { isPassing } from '../errors/kafka-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { kafkaProblem } from '../errors/kafka-problem.ts';
import type { KafkaSession } from '../session/kafka-session.ts';
import { failureOf, KafkaSessionError } from '../errors/kafka-session-error.ts';

/** What the store needs. */
export interface ProgressStoreDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly connection: KafkaConnection;
}

/**
 * Reads what the shards have committed. Each call returns undefined when `signal` aborted first.
 */
export interface ProgressStore {
  /**
   * How many shards there can be: the topic's partitions. Creates the topic when it is missing, and
   * adds partitions when the configuration has more shards and the Kafka user may add them.
   */
  partitions(signal: AbortSignal): Promise<number | undefined>;
  /**
   * The messages in a shard's partition, oldest first: up to the message with the fencing marker,
   * or up to the end that is known now.
   */
  read(
    shard: number,
    marker: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly ProgressMessage[] | undefined>;
}

const RETRY: BackoffOptions = { initialMs: 200, maxMs: 5_000 };
/**
 * Brokers learn of a new topic, or of new partitions, a moment after they were made. How often, and
 * how long in between, an exporter looks for them.
 */
const CHANGED_TRIES = 20;
const CHANGED_POLL_MS = 250;

/**
 * Makes the store for the compacted checkpoint topic. Reads are repeated until they succeed, and
 * problems are reported on the health board.
 */
export function createProgressStore(
  deps: ProgressStoreDeps,
  config: ExporterConfig,
): ProgressStore {
  const topic = config.kafka.checkpointTopic;
  deps.health.expect(CHECKPOINT_CHECK);
  const untilDone = async <T>(
    operation: (session: KafkaSession) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> => {
    for (let attempt = 0; ; attempt++) {
      const session = await deps.connection.session(signal);
      if (session === undefined || signal.aborted) return undefined;
      try {
        const result = await operation(session);
        deps.health.ok(CHECKPOINT_CHECK);
        return result;
      } catch (error) {
        deps.health.fail(CHECKPOINT_CHECK, kafkaProblem(failureOf(error), config.kafka, topic));
        await deps.clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
      }
    }
  };
  return {
    partitions: (signal) => untilDone((session) => ensurePartitions(deps, session, config), signal),
    read: (shard, marker, signal) =>
      untilDone(async (session) => {
        const stored = await session.readPartition(
          { topic, partition: shard },
          marker === undefined
            ? undefined
            : ({ key, value }) => {
                const message = parseProgress(key, value);
                return message?.kind === 'opened' && message.marker === marker;
              },
        );
        return stored.flatMap(({ key, value }) => parseProgress(key, value) ?? []);
      }, signal),
  };
}

async function ensurePartitions(
  deps: ProgressStoreDeps,
  session: KafkaSession,
  config: ExporterConfig,
): Promise<number> {
  const { shards, guarantee } = config.delivery;
  const topic = config.kafka.checkpointTopic;
  const found = await ensureTopic(deps, session, { topic, shards });
  // Without transactions the time layout cannot change, so more partitions would not be used.
  if (found >= shards || guarantee !== 'ExactlyOnce') return found;
  const refusal = await addPartitions(deps, session, { topic, shards });
  if (refusal === undefined) return shards;
  const command = `kafka-topics.sh --bootstrap-server ${config.kafka.endpoints.join(',')} --alter --topic ${topic} --partitions ${shards}`;
  deps.logger.warn(
    { topic, partitions: found, wanted: shards, detail: refusal.detail, said: refusal.said },
    `the checkpoint topic has fewer partitions than spec.delivery.shards, and Kafka does not let the exporter add partitions: the exporter continues with the existing partitions. Add partitions with ${command}, and restart the exporter's pods`,
  );
  return found;
}

/**
 * Adds partitions until there are `shards`. Returns the failure when Kafka refuses. Of several pods
 * that add partitions at once, all but one are refused, and the brokers tell them of the new
 * partitions a moment later.
 *
 * @throws KafkaSessionError when it may succeed later.
 */
async function addPartitions(
  { clock }: ProgressStoreDeps,
  session: KafkaSession,
  { topic, shards }: { readonly topic: string; readonly shards: number },
): Promise<KafkaFailure | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      await session.addPartitions(topic, shards);
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (isPassing(failure)) throw error;
      if ((await session.partitionCount(topic)) >= shards) return undefined;
      if (failure.detail !== 'INVALID_PARTITIONS' || tries === CHANGED_TRIES) return failure;
      await clock.sleep(CHANGED_POLL_MS);
    }
  }
}

async function ensureTopic(
  deps: ProgressStoreDeps,
  session: KafkaSession,
  { topic, shards }: { readonly topic: string; readonly shards: number },
): Promise<number> {
  let found: number;
  try {
    found = await session.partitionCount(topic);
  } catch (error) {
    if (failureOf(error).reason !== 'TopicMissing') throw error;
    const isOwn = await session.createCompactedTopic(topic, shards);
    found = await onceKnown(deps, () => session.partitionCount(topic));
    if (isOwn) return found;
  }
  await onceKnown(deps, () => refuseDeletion(deps, session, topic));
  return found;
}

/** The answer about a topic that was just created, once the brokers know it. @throws KafkaSessionError. */
async function onceKnown<T>({ clock }: ProgressStoreDeps, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (failureOf(error).reason !== 'TopicMissing' || tries === CHANGED_TRIES) throw error;
      await clock.sleep(CHANGED_POLL_MS);
    }
  }
}

/**
 * Refuses a topic from which Kafka deletes old messages: the progress of a shard that has no new
 * rows would be forgotten.
 *
 * @throws KafkaSessionError
 */
async function refuseDeletion(
  { logger }: ProgressStoreDeps,
  session: KafkaSession,
  topic: string,
): Promise<void> {
  let policy: string;
  try {
    policy = await session.cleanupPolicy(topic);
  } catch (error) {
    if (failureOf(error).reason !== 'KafkaAuthorizationFailed') throw error;
    logger.warn(
      { topic },
      'the Kafka user may not read the configuration of the checkpoint topic (DescribeConfigs), so it is not known whether its cleanup.policy is compact. With another policy, Kafka deletes the progress',
    );
    return;
  }
  if (policy === 'compact') return;
  throw new KafkaSessionError(`use topic ${topic}`, {
    reason: 'TopicNotCompacted',
    detail: `cleanup.policy=${policy}`,
  });
}
