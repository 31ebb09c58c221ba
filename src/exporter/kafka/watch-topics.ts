import type { Clock } from '../../lib/clock.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import type { HealthBoard } from '../status/health-board.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { kafkaProblem } from './kafka-problem.ts';
import { failureOf } from './kafka-session-error.ts';

const CALM_MS = 10_000;
const ALERT_MS = 1_000;

/**
 * Looks at the exporter's topics now and then until `signal` aborts, so that a missing topic or a lost
 * cluster shows before the next record needs it.
 */
export async function watchTopics(
  deps: {
    readonly clock: Clock;
    readonly health: HealthBoard;
    readonly connection: KafkaConnection;
  },
  request: { readonly topics: readonly string[]; readonly kafka: ExporterConfig['kafka'] },
  signal: AbortSignal,
): Promise<void> {
  const { clock, connection, health } = deps;
  const checkOf = (topic: string): string => `topic ${topic}`;
  for (const topic of request.topics) health.expect(checkOf(topic));
  while (!signal.aborted) {
    let isCalm = true;
    for (const topic of request.topics) {
      const session = await connection.session(signal);
      if (session === undefined) return;
      try {
        await session.partitionCount(topic);
        health.ok(checkOf(topic));
      } catch (error) {
        health.fail(checkOf(topic), kafkaProblem(failureOf(error), request.kafka, topic));
        isCalm = false;
      }
    }
    await clock.sleep(isCalm ? CALM_MS : ALERT_MS, signal);
  }
}
