import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  type KafkaSession,
  openKafkaSession,
} from '../../../src/exporter/kafka/session/kafka-session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';
import { noCredentials } from '../../exporter/no-credentials.ts';
import { createRandom } from '../../faults/random.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { runGroupScript } from '../../simulate/kafka/group-script.ts';
import { KafkaModel } from '../../simulate/kafka/kafka-model.ts';
import { ModelSession } from '../../simulate/kafka/model-session.ts';
import { SCRIPTS } from '../../simulate/kafka/scripts.ts';
import { runScript, type Transcript } from '../../simulate/kafka/session-script.ts';
import { createProcessClock, SimulatedTime } from '../../simulate/simulated-time.ts';

const PARTITIONS = 2;
const STEP_MS = 50;

const kafka = inject('kafka');
let real: KafkaSession;
let second: KafkaSession;

const openReal = (): Promise<KafkaSession> => {
  const config = exporterConfig({ kafka: { endpoints: kafka.bootstrap.split(',') } });
  const base = { clock: systemClock, logger: silentLogger };
  return openKafkaSession(base, config.kafka, noCredentials);
};
beforeAll(async () => {
  real = await openReal();
  second = await openReal();
});
afterAll(async () => {
  await real.close();
  await second.close();
});

const TOPIC = 'scripted';

/** What a script sees of a model, in simulated time. */
async function transcriptOfModel(
  script: (
    session: () => KafkaSession,
    sleep: (ms: number) => Promise<void>,
  ) => Promise<Transcript>,
): Promise<Transcript> {
  const time = new SimulatedTime();
  const model = new KafkaModel(time, createRandom(1), 1);
  model.createTopic(TOPIC, PARTITIONS);
  const newSession = (): KafkaSession =>
    new ModelSession(model, createProcessClock(time, 0), () => undefined);
  let isOver = false;
  const transcript = script(newSession, (ms) => time.sleep(ms)).finally(() => (isOver = true));
  const hasEnded = (): boolean => isOver;
  while (!hasEnded()) await time.runUntil(time.nowMs + STEP_MS);
  return transcript;
}

describe('the model of Kafka that exporters are simulated with answers as Kafka does:', () => {
  test.concurrent.each(Object.entries(SCRIPTS))('%s', async (_name, script) => {
    const topic = `scripted-${randomUUID()}`;
    await kafkaFrom(kafka).createTopic(topic, PARTITIONS);
    const seen = await runScript({ session: real, topic, sleep }, script);
    const ofModel = await transcriptOfModel((session, wait) =>
      runScript({ session: session(), topic: TOPIC, sleep: wait }, script),
    );
    expect(ofModel).toEqual(seen);
  });

  test.concurrent('members of a group meet, share and part', async () => {
    const group = `scripted-${randomUUID()}`;
    const seen = await runGroupScript({ first: real, second, group, sleep });
    const ofModel = await transcriptOfModel((session, wait) =>
      runGroupScript({ first: session(), second: session(), group, sleep: wait }),
    );
    expect(ofModel).toEqual(seen);
  });
});
