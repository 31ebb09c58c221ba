import { expect, inject, onTestFinished, test } from 'vitest';
import { createProgressStore } from '../../../src/exporter/kafka/checkpoint/progress-store.ts';
import type { KafkaConnection } from '../../../src/exporter/kafka/session/kafka-connection.ts';
import { openKafkaSession } from '../../../src/exporter/kafka/session/kafka-session.ts';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';
import { noCredentials } from '../../exporter/no-credentials.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const SHARDS = 8;
const kafka = inject('kafka');

/** The connection of one of several pods. */
async function connect(config: ReturnType<typeof exporterConfig>): Promise<KafkaConnection> {
  const deps = { clock: systemClock, logger: silentLogger };
  const session = await openKafkaSession(deps, config.kafka, noCredentials);
  onTestFinished(() => session.close());
  return {
    session: () => Promise.resolve(session),
    current: () => session,
    revision: () => undefined,
    close: () => session.close(),
  };
}

test.each([1, 2, 3])(
  'pods that add partitions at once all know the new number (%d)',
  async (run) => {
    const topic = `at-once-${run}-${Date.now()}`;
    await kafkaFrom(kafka).createTopic(topic, 2, { 'cleanup.policy': 'compact' });
    const config = exporterConfig({
      kafka: { endpoints: kafka.bootstrap.split(','), checkpointTopic: topic },
      other: { delivery: { guarantee: 'ExactlyOnce', shards: SHARDS } },
    });
    const connections = await Promise.all([1, 2, 3].map(() => connect(config)));
    const counts = connections.map((connection) => {
      const health = createHealthBoard(systemClock, silentLogger);
      const deps = { clock: systemClock, random: Math.random, logger: silentLogger };
      const store = createProgressStore({ ...deps, health, connection }, config);
      return store.partitions(new AbortController().signal);
    });
    expect(await Promise.all(counts)).toEqual([SHARDS, SHARDS, SHARDS]);
  },
);
