import { describe, expect, test } from 'vitest';
import {
  batch,
  cluster,
  kafkajsProducer,
  message,
  names,
  shardProducer,
} from '../produce/senders.ts';

const TOPIC = 'deepflow.flow_log.l7_flow_log';

// The order matters: the exporter patches kafkajs for the whole process.
describe('a broker that stops answering, whose partition gets another leader', () => {
  const start = () =>
    cluster(
      { [TOPIC]: [0] },
      {
        brokers: 2,
        onProduce: async ({ broker }, { leaders }) => {
          if (broker === 1) return 'done';
          leaders.set(TOPIC, [1]);
          return new Promise(() => undefined);
        },
      },
    );

  test('gets the request again and again from kafkajs, which does not look up the new leader', async () => {
    const own = await start();
    const producer = await kafkajsProducer(own, {}, { requestTimeout: 1_000 });
    const sent = producer.send({ topic: TOPIC, messages: [message('row-0')] });
    await expect(sent).rejects.toThrow('timed out');
    expect(names(own)).toEqual([]);
  });

  test('is dropped here as soon as its answer is late, and the new leader gets the record', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    await producer.send(batch('row-0'));
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0']);
  });
});
