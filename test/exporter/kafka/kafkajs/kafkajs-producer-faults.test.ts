import kafkajs from 'kafkajs';
import createEosManager from 'kafkajs/src/producer/eosManager/index.js';
import { describe, expect, test } from 'vitest';
import { kafkaFailure } from '../../../../src/exporter/kafka/errors/kafka-error.ts';
import { openKafkaSession } from '../../../../src/exporter/kafka/session/kafka-session.ts';
import { ProducerError } from '../../../../src/exporter/producer/record-producer.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { exporterConfig } from '../../exporter-config.ts';
import { noCredentials } from '../../no-credentials.ts';
import type { ScriptedCluster } from '../scripted/scripted-cluster.ts';
import type { ProducedBatch } from '../scripted/cluster-script.ts';
import {
  batch,
  cluster,
  kafkajsProducer,
  LOGIN,
  message,
  names,
  shardProducer,
  untilStored,
} from '../produce/senders.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const TOPIC = `deepflow.${L7}`;
const OTHER_TOPIC = `deepflow.${L4}`;
const [NOT_LEADER, NOT_ENOUGH_REPLICAS, OUT_OF_ORDER, UNKNOWN_PRODUCER_ID] = [6, 19, 45, 59];
/** kafkajs makes one try and five retries. Its pauses are shortened here. */
const KAFKAJS_TRIES = 6;

describe('a send to two partitions, of which one is stored and the other moves to the same broker', () => {
  /**
   * Broker 1 refuses row-1. The partition of row-1 then moves to broker 0, which has already stored
   * row-0.
   */
  const start = () =>
    cluster(
      { [TOPIC]: [0, 1] },
      {
        brokers: 2,
        onProduce: async ({ broker }, own) => {
          if (broker === 0) return 'done';
          await untilStored(own, 'row-0');
          own.leaders.set(TOPIC, [0, 0]);
          return { errorCode: NOT_LEADER };
        },
      },
    );

  test('resolves with kafkajs, though a record is lost', async () => {
    const own = await start();
    const producer = await kafkajsProducer(own, {});
    const messages = [0, 1].map((partition) => ({ ...message(`row-${partition}`), partition }));
    await producer.send({ topic: TOPIC, messages });
    expect(names(own)).toEqual(['row-0']);
  });

  test('stores every record here', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    for (const partition of [0, 1]) await producer.send(batch(`row-${partition}`), partition);
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0', 'row-1']);
  });
});

describe('a batch that is stored while its answer is lost', () => {
  const start = () => {
    let isFirst = true;
    return cluster(
      { [TOPIC]: [0, 0, 0] },
      {
        onProduce: () => {
          const fate = isFirst ? 'done, but the answer is lost' : 'done';
          isFirst = false;
          return fate;
        },
      },
    );
  };
  const partitions = ({ stored }: ScriptedCluster) =>
    new Set(stored.map(({ partition }) => partition));

  test('goes to another partition with kafkajs, also an idempotent one, and is stored twice', async () => {
    const own = await start();
    const producer = await kafkajsProducer(own, { idempotent: true, maxInFlightRequests: 1 });
    await producer.send({ topic: TOPIC, messages: [message('row-0')] });
    expect(names(own)).toEqual(['row-0', 'row-0']);
    expect(partitions(own).size).toBe(2);
  });

  test('is stored once here', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    await producer.send(batch('row-0'));
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0']);
  });
});

describe('a partition that lacks replicas for six tries', () => {
  const start = () => {
    let tries = 0;
    return cluster(
      { [TOPIC]: [0] },
      {
        onProduce: () => (++tries <= KAFKAJS_TRIES ? { errorCode: NOT_ENOUGH_REPLICAS } : 'done'),
      },
    );
  };

  test('is given up by kafkajs’s idempotent producer, whose tries should have no end', async () => {
    const own = await start();
    const producer = await kafkajsProducer(own, { idempotent: true, maxInFlightRequests: 1 });
    const sent = producer.send({ topic: TOPIC, messages: [message('row-0')] });
    await expect(sent).rejects.toThrow('fewer in-sync replicas');
    expect(names(own)).toEqual([]);
  });

  test('gets its record here', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    await producer.send(batch('row-0'));
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0']);
  });
});

describe('the sequence of a partition after its 2^31st record', () => {
  const records = 2 ** 31 - 5;

  test('starts at 0 with kafkajs, which the broker refuses for ever, whatever was the last one', async () => {
    const initProducerId = () => Promise.resolve({ producerId: 1, producerEpoch: 0 });
    const manager = createEosManager({
      logger: silentLogger,
      cluster: {
        refreshMetadataIfNecessary: () => Promise.resolve(),
        findControllerBroker: () => Promise.resolve({ initProducerId }),
      },
      transactional: false,
    });
    await manager.initProducerId();
    manager.updateSequence(TOPIC, 0, records);
    manager.updateSequence(TOPIC, 0, 10);
    expect(manager.getSequence(TOPIC, 0)).toBe(0);
  });

  test('continues modulo 2^31 here, as brokers count', async () => {
    const firsts: number[] = [];
    const own = await cluster(
      { [TOPIC]: [0] },
      {
        onProduce: ({ firstSequence }: ProducedBatch) => {
          firsts.push(firstSequence);
          // The header counts more records than the one record in the batch.
          return { errorCode: firsts.length > 2 ? OUT_OF_ORDER : 46 };
        },
      },
    );
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    await producer.send({ ...batch('row-0'), records });
    await producer.send({ ...batch('row-1'), records: 10 });
    await producer.send(batch('row-2'));
    await expect(producer.commit([])).rejects.toThrow(ProducerError);
    expect(firsts).toEqual([0, records, 5]);
  });
});

describe.each([
  ['has forgotten a producer', UNKNOWN_PRODUCER_ID],
  ['finds a gap in a sequence', OUT_OF_ORDER],
])('a broker that %s', (_name, errorCode) => {
  /**
   * The broker stores the first batch of the first producer, and refuses all other batches of that
   * producer.
   */
  const start = () => {
    let first: number | undefined;
    return cluster(
      { [TOPIC]: [0] },
      {
        onProduce: ({ producerId, firstSequence }) => {
          first ??= producerId;
          return producerId === first && firstSequence > 0 ? { errorCode } : 'done';
        },
      },
    );
  };

  test('gets nothing more from kafkajs’s producer, however often a send is repeated', async () => {
    const own = await start();
    const producer = await kafkajsProducer(own, { idempotent: true, maxInFlightRequests: 1 });
    const send = (name: string) =>
      producer.send({ topic: TOPIC, messages: [{ ...message(name), partition: 0 }] });
    await send('row-0');
    for (let i = 0; i < 3; i++) await expect(send('row-1')).rejects.toThrow();
    expect(names(own)).toEqual(['row-0']);
  });

  test('gets the rest from a new producer here', async () => {
    const own = await start();
    const { producer, open } = await shardProducer(own, 'AtLeastOnce');
    await producer.send(batch('row-0'));
    await producer.commit([]);
    await producer.send(batch('row-1'));
    await expect(producer.commit([])).rejects.toThrow(ProducerError);
    await open();
    await producer.send(batch('row-1'));
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0', 'row-1']);
  });
});

describe('a commit whose answer is lost', () => {
  const start = () => {
    let isFirst = true;
    return cluster(
      { [TOPIC]: [0] },
      {
        onEndTransaction: () => {
          const fate = isFirst ? 'done, but the answer is lost' : 'done';
          isFirst = false;
          return fate;
        },
      },
    );
  };

  test('can be neither repeated nor aborted with kafkajs, and no transaction can follow it', async () => {
    const own = await start();
    const config = { idempotent: true, maxInFlightRequests: 1, transactionalId: 'shard-0' };
    const producer = await kafkajsProducer(own, config);
    const transaction = await producer.transaction();
    await transaction.send({ topic: TOPIC, messages: [message('row-0')] });
    await expect(transaction.commit()).rejects.toThrow();
    await expect(transaction.commit()).rejects.toThrow(/invalid|illegal|cannot|already/i);
    await expect(transaction.abort()).rejects.toThrow(/invalid|illegal|cannot|already/i);
    await expect(producer.transaction()).rejects.toThrow(/transaction/i);
    expect(own.ends).toEqual([true]);
  });

  test('is followed by others here, once the shard is open again and has read what is committed', async () => {
    const own = await start();
    const { producer, open } = await shardProducer(own, 'ExactlyOnce');
    await producer.send(batch('row-0'));
    await expect(producer.commit([])).rejects.toThrow(ProducerError);
    await open();
    await producer.send(batch('row-1'));
    await producer.commit([]);
    expect(own.ends).toEqual([true, true]);
    expect(names(own)).toEqual(['row-0', 'row-1']);
  });
});

describe('a topic that is deleted', () => {
  /**
   * The partition of the other topic moves when row-2 comes, so that metadata must be requested
   * again.
   */
  const start = () =>
    cluster(
      { [TOPIC]: [0], [OTHER_TOPIC]: [0] },
      {
        brokers: 2,
        onProduce: ({ values, broker }, { leaders }) => {
          if (!values.join().includes('row-2') || broker === 1) return 'done';
          leaders.set(OTHER_TOPIC, [1]);
          return { errorCode: NOT_LEADER };
        },
      },
    );

  test('stops all others with kafkajs', async () => {
    const own = await start();
    const producer = await kafkajsProducer(own, {});
    await producer.send({ topic: TOPIC, messages: [message('row-0')] });
    await producer.send({ topic: OTHER_TOPIC, messages: [message('row-1')] });
    own.leaders.delete(TOPIC);
    const sent = producer.send({ topic: OTHER_TOPIC, messages: [message('row-2')] });
    await expect(sent).rejects.toThrow();
    expect(names(own)).toEqual(['row-0', 'row-1']);
  });

  test('stops no other here', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce');
    await producer.send(batch('row-0'));
    await producer.send(batch('row-1', L4));
    await producer.commit([]);
    own.leaders.delete(TOPIC);
    await producer.send(batch('row-2', L4));
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0', 'row-1', 'row-2']);
  });
});

describe('brokers that cannot be reached', () => {
  const nowhere = { endpoints: ['127.0.0.1:1'] };

  test('count as a permanent failure with kafkajs, unless the caller checks the cause', async () => {
    const kafka = new kafkajs.Kafka({
      brokers: nowhere.endpoints,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { initialRetryTime: 1, maxRetryTime: 1 },
    });
    const error: unknown = await kafka
      .producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
      .connect()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ retriable: false, cause: { retriable: true } });
  });

  test('count as a temporary failure here', async () => {
    const { kafka } = exporterConfig({ kafka: nowhere });
    const base = { clock: systemClock, logger: silentLogger };
    const opened = openKafkaSession(base, kafka, noCredentials);
    await expect(opened).rejects.toMatchObject({ failure: { reason: 'BrokerUnreachable' } });
    const wrapped = new kafkajs.KafkaJSNumberOfRetriesExceeded(
      new kafkajs.KafkaJSConnectionError('refused'),
      { retryCount: 5, retryTime: 1 },
    );
    expect(kafkaFailure(wrapped).reason).toBe('BrokerUnreachable');
  });
});

describe('a password that brokers accept some time later', () => {
  const start = () =>
    cluster({ [TOPIC]: [0] }, { sasl: { lifetimeMs: 0, answersAfterMs: 0, refused: 2 } });

  test('is a permanent failure with kafkajs', async () => {
    const own = await start();
    await expect(kafkajsProducer(own, {}, { sasl: LOGIN })).rejects.toMatchObject({
      retriable: false,
    });
  });

  test('is tried again here', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce', LOGIN);
    await producer.send(batch('row-0'));
    await producer.commit([]);
    expect(names(own)).toEqual(['row-0']);
  });
});

describe('the coordinator of a transactional id', () => {
  const TRANSACTIONS = 5;

  test('is looked up again and again by kafkajs', async () => {
    const own = await cluster({ [TOPIC]: [0] });
    const config = { idempotent: true, maxInFlightRequests: 1, transactionalId: 'shard-0' };
    const producer = await kafkajsProducer(own, config);
    for (let i = 0; i < TRANSACTIONS; i++) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: TOPIC, messages: [message(`row-${i}`)] });
      await transaction.commit();
    }
    expect(own.lookups()).toBeGreaterThan(TRANSACTIONS);
  });

  test('is looked up once here', async () => {
    const own = await cluster({ [TOPIC]: [0] });
    const { producer } = await shardProducer(own, 'ExactlyOnce');
    for (let i = 0; i < TRANSACTIONS; i++) {
      await producer.send(batch(`row-${i}`));
      await producer.commit([]);
    }
    expect(own.lookups()).toBe(1);
  });
});

describe('a login that ends while batches are being written', () => {
  /** kafkajs logs in again ten seconds before the login ends, which is so long after the login here. */
  const AGAIN_MS = 2_000;
  /** More than a busy machine is late. */
  const SLACK_MS = 1_000;
  const start = () =>
    cluster(
      { [TOPIC]: [0] },
      { sasl: { lifetimeMs: 10_000 + AGAIN_MS, answersAfterMs: 2 * SLACK_MS } },
    );

  test('is renewed by kafkajs between them: one batch comes during the login, and both are refused permanently', async () => {
    const own = await start();
    // Compression takes so long that the login ends between its check and the sending.
    kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) =>
        pause(AGAIN_MS + 2 * SLACK_MS).then(() => buffer),
      decompress: (buffer: Buffer) => Promise.resolve(buffer),
    });
    const producer = await kafkajsProducer(own, {}, { sasl: LOGIN });
    const slow = { topic: TOPIC, compression: kafkajs.CompressionTypes.LZ4 };
    const sent = producer.send({ ...slow, messages: [message('row-0')] });
    const both = Promise.allSettled([
      sent,
      pause(AGAIN_MS + SLACK_MS).then(() =>
        producer.send({ topic: TOPIC, messages: [message('row-1')] }),
      ),
    ]);
    expect(await both).toMatchObject([
      { status: 'rejected', reason: { retriable: false } },
      { status: 'rejected', reason: { retriable: false } },
    ]);
    expect(own.interrupted()).toBe(1);
    expect(names(own)).toEqual([]);
  });

  test('interrupts no batch here: no connection logs in twice', async () => {
    const own = await start();
    const { producer } = await shardProducer(own, 'AtLeastOnce', LOGIN);
    await producer.send(batch('row-0'));
    await pause(AGAIN_MS + SLACK_MS);
    await producer.send(batch('row-1'));
    await producer.commit([]);
    expect(own.interrupted()).toBe(0);
    expect(names(own)).toEqual(['row-0', 'row-1']);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
