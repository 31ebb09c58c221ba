import { topicOf } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import type { Deliver } from '../delivery/lanes.ts';
import type { ExporterMetrics } from '../status/metrics.ts';
import type { HealthBoard } from '../status/health-board.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import type { KafkaFailure } from './kafka-error.ts';
import { kafkaProblem } from './kafka-problem.ts';
import { failureOf } from './kafka-session.ts';
import { recordBatch } from './record-batch.ts';

/** What delivery needs. */
export interface DeliverDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly metrics: ExporterMetrics;
  readonly connection: KafkaConnection;
}

const RETRY: BackoffOptions = { initialMs: 100, maxMs: 5_000 };

/**
 * Sends batches to Kafka and tries again, with the same bytes to the same partition, until all in-sync
 * replicas have them or `signal` aborts: nothing is ever dropped. The partition is chosen once, before
 * the first try, as long as it exists. Each lane goes round its own share of the partitions, so that two
 * lanes do not mix their batches in one partition as long as there are enough of them.
 */
export function createDeliver(
  deps: DeliverDeps,
  config: ExporterConfig,
  signal: AbortSignal,
): Deliver {
  const { clock, connection, health, metrics } = deps;
  const turns = new Map<string, number>();

  const choosePartition = (key: string, lane: number, partitions: number): number => {
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    const share = Math.max(1, Math.ceil((partitions - lane) / config.queueCount));
    return (lane + (turn % share) * config.queueCount) % partitions;
  };

  return async (batch, lane) => {
    const topic = topicOf(config.topic, batch.dataSource);
    const check = `delivery to ${topic}`;
    const bytes = await recordBatch(batch, config.kafka.compression);
    let partition: number | undefined;
    for (let attempt = 0; ; attempt++) {
      const session = await connection.session(signal);
      if (session === undefined || signal.aborted) return false;
      const started = clock.monotonicMs();
      const failure = await trySend(async () => {
        const partitions = await session.partitionCount(topic);
        // A topic that was made anew may have fewer partitions than the one of the first try.
        if (partition === undefined || partition >= partitions) {
          partition = choosePartition(`${lane} ${topic}`, lane, partitions);
        }
        return session.produce({ topic, partition }, bytes);
      });
      if (failure === undefined) {
        health.ok(check);
        metrics.delivered(batch, bytes.length, clock.monotonicMs() - started);
        return true;
      }
      health.fail(check, kafkaProblem(failure, config.kafka, topic));
      metrics.retried(topic, failure.reason);
      await clock.sleep(backoffMs(RETRY, attempt, deps.random()), signal);
    }
  };
}

async function trySend(
  send: () => Promise<KafkaFailure | undefined>,
): Promise<KafkaFailure | undefined> {
  try {
    return await send();
  } catch (error) {
    return failureOf(error);
  }
}
