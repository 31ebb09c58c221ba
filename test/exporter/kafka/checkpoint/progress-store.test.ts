import { expect, onTestFinished, test } from 'vitest';
import { createProgressStore } from '../../../../src/exporter/kafka/checkpoint/progress-store.ts';
import { createHealthBoard } from '../../../../src/exporter/status/health-board.ts';
import { createRandom } from '../../../faults/random.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { KafkaModel } from '../../../simulate/kafka/kafka-model.ts';
import { ModelSession } from '../../../simulate/kafka/model-session.ts';
import { createProcessClock, SimulatedTime } from '../../../simulate/simulated-time.ts';
import { exporterConfig } from '../../exporter-config.ts';

const TOPIC = 'checkpoints';
const START_MS = 1_700_000_000_000;
const WAIT_MS = 10_000;

/** A session whose topic is created by another client, between the look for the topic and its creation. */
class SlowSession extends ModelSession {
  policy = '';

  override async createCompactedTopic(topic: string, partitions: number): Promise<boolean> {
    await super.createCompactedTopic(topic, partitions);
    return false;
  }

  override cleanupPolicy(): Promise<string> {
    return Promise.resolve(this.policy);
  }
}

test.each([
  ['refused', 'delete', ['TopicNotCompacted'], undefined],
  ['used', 'compact', [], 4],
])(
  'a checkpoint topic that another client creates at the same moment is %s with cleanup.policy=%s',
  async (_name, policy, reasons, expected) => {
    const time = new SimulatedTime();
    const clock = createProcessClock(time, START_MS);
    const session = new SlowSession(
      new KafkaModel(time, createRandom(1), 1),
      clock,
      () => undefined,
    );
    session.policy = policy;
    const health = createHealthBoard(clock, silentLogger);
    const connection = {
      session: () => Promise.resolve(session),
      current: () => session,
      revision: () => undefined,
      close: () => Promise.resolve(),
    };
    const deps = { clock, random: () => 1, logger: silentLogger, health, connection };
    const config = exporterConfig({ kafka: { checkpointTopic: TOPIC } });
    const stop = new AbortController();
    onTestFinished(() => {
      stop.abort();
    });
    let found: number | undefined;
    void createProgressStore(deps, config)
      .partitions(stop.signal)
      .then((count) => (found = count));
    await time.runUntil(WAIT_MS);
    expect(health.problems().map(({ reason }) => reason)).toEqual(reasons);
    expect(found).toBe(expected);
  },
);
