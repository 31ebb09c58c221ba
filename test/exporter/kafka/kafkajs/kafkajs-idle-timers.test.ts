import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { batch, cluster, kafkajsProducer, message, shardProducer } from '../produce/senders.ts';

const TOPIC = 'deepflow.flow_log.l7_flow_log';
const IDLE_MS = 1_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** How often per second the timers of an idle connection wake the process. */
async function wakes(connect: () => Promise<void>): Promise<number> {
  const intervals = vi.spyOn(globalThis, 'setInterval');
  const timers = vi.spyOn(globalThis, 'setTimeout');
  await connect();
  const everyMs = intervals.mock.calls.map(([, ms = 0]) => ms);
  timers.mockClear();
  await sleep(IDLE_MS);
  const perSecond = everyMs.reduce((sum, ms) => sum + 1_000 / ms, 0);
  return perSecond + timers.mock.calls.length * (1_000 / IDLE_MS);
}

// The order matters: the exporter patches kafkajs for the whole process.
describe('an idle connection', () => {
  test('wakes the process hundreds of times a second with kafkajs', async () => {
    const own = await cluster({ [TOPIC]: [0] });
    const perSecond = await wakes(async () => {
      const producer = await kafkajsProducer(own, {});
      await producer.send({ topic: TOPIC, messages: [message('row-0')] });
    });
    expect(perSecond).toBeGreaterThan(100);
  });

  test('wakes it a few times here', async () => {
    const own = await cluster({ [TOPIC]: [0] });
    const perSecond = await wakes(async () => {
      const { producer } = await shardProducer(own, 'AtLeastOnce');
      await producer.send(batch('row-0'));
      await producer.commit([]);
    });
    expect(perSecond).toBeLessThan(10);
  });
});
