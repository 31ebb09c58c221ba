import type { DataSource } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import type { HealthBoard } from '../status/health-board.ts';
import { checkpointRecords, parseCheckpoint } from './checkpoint-message.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { kafkaProblem } from './kafka-problem.ts';
import { failureOf, type KafkaSession, KafkaSessionError } from './kafka-session.ts';
import { recordBatch } from './record-batch.ts';

/** What the store needs. */
export interface CheckpointStoreDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly connection: KafkaConnection;
}

const CHECK = 'checkpoint topic';
const PARTITION = 0;
const RETRY: BackoffOptions = { initialMs: 200, maxMs: 5_000 };

/**
 * Keeps checkpoints in a compacted Kafka topic, which it creates when it is missing. Reads and writes
 * are tried again until they succeed, and what is wrong shows on the health board.
 */
export function createKafkaCheckpointStore(
  deps: CheckpointStoreDeps,
  config: ExporterConfig['kafka'],
): CheckpointStore {
  const topic = config.checkpointTopic;
  const target = { topic, partition: PARTITION };
  deps.health.expect(CHECK);

  const untilDone = async <T>(
    operation: (session: KafkaSession) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> => {
    for (let attempt = 0; ; attempt++) {
      const session = await deps.connection.session(signal);
      if (session === undefined || signal.aborted) return undefined;
      try {
        const result = await operation(session);
        deps.health.ok(CHECK);
        return result;
      } catch (error) {
        deps.health.fail(CHECK, kafkaProblem(failureOf(error), config, topic));
        await deps.clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
      }
    }
  };

  return {
    load: (signal) =>
      untilDone(async (session) => {
        await ensureTopic(session, topic);
        const checkpoints = new Map<DataSource, number>();
        for (const { key, value } of await session.readPartition(target)) {
          const checkpoint = parseCheckpoint(key, value);
          if (checkpoint !== undefined) checkpoints.set(...checkpoint);
        }
        return checkpoints;
      }, signal),
    save: async (checkpoints, signal) => {
      const batch = await recordBatch(checkpointRecords(checkpoints, deps.clock.now()), 'none');
      const isSaved = await untilDone(async (session) => {
        const failure = await session.produce(target, batch);
        if (failure !== undefined) throw new KafkaSessionError('save a checkpoint', failure);
        return true;
      }, signal);
      return isSaved === true;
    },
  };
}

async function ensureTopic(session: KafkaSession, topic: string): Promise<void> {
  try {
    await session.partitionCount(topic);
  } catch (error) {
    if (!(error instanceof KafkaSessionError) || error.failure.reason !== 'TopicMissing')
      throw error;
    await session.createCompactedTopic(topic);
  }
}
