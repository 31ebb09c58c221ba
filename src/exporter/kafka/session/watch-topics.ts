import { topicOf } from '../../../deepflow/data-sources.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import { topicCheck } from '../../status/shard-checks.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { kafkaProblem } from '../errors/kafka-problem.ts';
import { failureOf } from '../errors/kafka-session-error.ts';

const CALM_MS = 10_000;
const ALERT_MS = 1_000;

/** What watching topics needs. */
export interface WatchTopicsDeps {
  readonly clock: Clock;
  readonly health: HealthBoard;
  readonly connection: KafkaConnection;
}

/** What is known about topics. */
export interface Topics {
  /** False when a topic was missing at the last check. A missing topic is checked every second. */
  has(topic: string): boolean;
}

/** The part of a configuration that names topics. */
type TopicsConfig = Pick<ExporterConfig, 'kafka' | 'topic' | 'dataSources' | 'delivery'>;

/**
 * Checks the topics of records and of dead letters periodically until `signal` aborts, so that a
 * missing topic or an unreachable cluster is reported before the next record needs it.
 */
export function watchTopics(
  deps: WatchTopicsDeps,
  config: TopicsConfig,
  signal: AbortSignal,
): Topics {
  const missing = new Set<string>();
  void watch(deps, { config, missing }, signal);
  return { has: (topic) => !missing.has(topic) };
}

async function watch(
  { clock, connection, health }: WatchTopicsDeps,
  { config, missing }: { readonly config: TopicsConfig; readonly missing: Set<string> },
  signal: AbortSignal,
): Promise<void> {
  const { deadLetterTopic } = config.delivery;
  const records = config.dataSources.map((name) => topicOf(config.topic, name));
  const topics = new Set([...records, ...(deadLetterTopic === undefined ? [] : [deadLetterTopic])]);
  for (const topic of topics) health.expect(topicCheck(topic));
  while (!signal.aborted) {
    let isCalm = true;
    for (const topic of topics) {
      const session = await connection.session(signal);
      if (session === undefined) return;
      try {
        await session.partitionCount(topic);
        missing.delete(topic);
        health.ok(topicCheck(topic));
      } catch (error) {
        const failure = failureOf(error);
        if (failure.reason === 'TopicMissing') missing.add(topic);
        const problem = kafkaProblem(failure, config.kafka, topic);
        const message = records.includes(topic)
          ? problem.message
          : `spec.delivery.deadLetterTopic, for which records that are too large wait: ${problem.message}`;
        health.fail(topicCheck(topic), { ...problem, message });
        isCalm = false;
      }
    }
    await clock.sleep(isCalm ? CALM_MS : ALERT_MS, signal);
  }
}
