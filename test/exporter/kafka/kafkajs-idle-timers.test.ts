import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { batch, cluster, kafkajsProducer, message, shardProducer } from './senders.ts';

const TOPIC = 'deepflow.flow_log.l7_flow_log';
const IDLE_MS = 300;

afterEach(() => {
  vi.restoreAllMocks();
});

/** How many timers of a millisecond or less are set while nothing is sent. */
async function shortTimers(): Promise<number> {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  await sleep(IDLE_MS);
  return timers.mock.calls.filter(([, ms = 0]) => ms <= 1).length;
}

// In this order: the exporter mends kafkajs for the whole process.
describe('an idle connection', () => {
  test('sets timer after timer with kafkajs', async () => {
    const own = await cluster({ [TOPIC]: [0] });
    const producer = await kafkajsProducer(own, {});
    await producer.send({ topic: TOPIC, messages: [message('row-0')] });
    expect(await shortTimers()).toBeGreaterThan(IDLE_MS / 10);
  });

  test('sets none here', async () => {
    const own = await cluster({ [TOPIC]: [0] });
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    await producer.send(batch('row-0'));
    await producer.commit([]);
    expect(await shortTimers()).toBe(0);
  });
});
