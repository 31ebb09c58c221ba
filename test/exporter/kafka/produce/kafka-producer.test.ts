import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeRecordBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { EncodedBatch } from '../../../../src/exporter/encode/encoded-batch.ts';
import { noFaults } from '../../../../src/exporter/encode/values/value-faults.ts';
import type { KafkaFailure } from '../../../../src/exporter/kafka/errors/kafka-failure.ts';
import { KafkaSessionError } from '../../../../src/exporter/kafka/errors/kafka-session-error.ts';
import type { KafkaSession } from '../../../../src/exporter/kafka/session/kafka-session.ts';
import type { TopicPartition } from '../../../../src/exporter/kafka/requests/produce-request.ts';
import { KafkaProducer } from '../../../../src/exporter/kafka/produce/kafka-producer.ts';
import { shardOwner } from '../../../../src/exporter/kafka/produce/producer-owner.ts';
import { progressRecords } from '../../../../src/exporter/progress/progress-message.ts';
import { ProducerError } from '../../../../src/exporter/producer/record-producer.ts';
import { TransactionSize } from '../../../../src/exporter/producer/transaction-size.ts';
import { createHealthBoard } from '../../../../src/exporter/status/health-board.ts';
import type { TransactionOutcome } from '../../../../src/exporter/status/kafka-metrics.ts';
import { createExporterMetrics } from '../../../../src/exporter/status/metrics.ts';
import { createManualClock, settle } from '../../../lib/manual-clock.ts';
import { poisonedMemory } from '../../../lib/poisoned-memory.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { exporterConfig } from '../../exporter-config.ts';
import { NO_GROUP } from '../group/no-group.ts';

const L7 = 'flow_log.l7_flow_log';
const TOPIC = `deepflow.${L7}`;
const MOVED: KafkaFailure = { reason: 'BrokerUnreachable', detail: 'NOT_LEADER_OR_FOLLOWER' };
const TOO_LARGE: KafkaFailure = { reason: 'KafkaError', detail: 'MESSAGE_TOO_LARGE' };
const MISSING: KafkaFailure = { reason: 'TopicMissing', detail: 'UNKNOWN_TOPIC_OR_PARTITION' };
const FORBIDDEN: KafkaFailure = {
  reason: 'KafkaAuthorizationFailed',
  detail: 'TOPIC_AUTHORIZATION_FAILED',
};
const { signal } = new AbortController();

/** A batch of real records. Records of progress are used, since they are the shortest. */
function batch(records = 3): EncodedBatch {
  const message = { kind: 'layout', periods: [{ from: 0, shards: 1 }] } as const;
  const section = progressRecords(new Array<typeof message>(records).fill(message), 1);
  return { ...section, dataSource: L7, faults: noFaults() };
}

interface Send {
  readonly target: TopicPartition;
  readonly bytes: Buffer;
  readonly headroom: number;
  readonly transactionalId: string | undefined;
}

interface Behaviour {
  /**
   * The broker's answers to the batches of records, one after the other. After that, batches are
   * stored.
   */
  readonly answers?: (KafkaFailure | undefined)[];
  /** The coordinator's answers to the ends of transactions, in the same way. */
  readonly ends?: (KafkaFailure | undefined)[];
  /** The coordinator's answers to partitions that are added to a transaction, in the same way. */
  readonly adds?: (KafkaFailure | undefined)[];
  /** True: the producer is for pushed records, not for a shard. */
  readonly isPush?: boolean;
  /** How many partitions a topic has. */
  readonly partitions?: (topic: string) => number;
  readonly config?: Parameters<typeof exporterConfig>[0];
  /** True: records are never answered. */
  readonly isHung?: boolean;
}

async function openProducer(behaviour: Behaviour = {}) {
  const { answers = [], partitions = () => 4, config = {}, isHung = false } = behaviour;
  const addAnswers = behaviour.adds ?? [];
  const endAnswers = behaviour.ends ?? [];
  const clock = createManualClock();
  const sends: Send[] = [];
  const ends: boolean[] = [];
  const added: TopicPartition[] = [];
  const given: Buffer[] = [];
  let epoch = -1;
  const session: KafkaSession = {
    revision: 1,
    partitionCount: (topic) => Promise.resolve(partitions(topic)),
    produce: (target, batch, transactionalId) => {
      const { bytes, headroom } = batch;
      sends.push({ target, bytes: Buffer.from(bytes), headroom, transactionalId });
      if (isHung) return new Promise(() => undefined);
      return Promise.resolve(answers.shift());
    },
    transactions: {
      init: (transactionalId) => Promise.resolve({ id: '7', epoch: ++epoch, transactionalId }),
      add: (_identity, targets) => {
        const failure = addAnswers.shift();
        if (failure !== undefined)
          return Promise.reject(new KafkaSessionError('add partitions', failure));
        added.push(...targets);
        return Promise.resolve();
      },
      end: (_identity, isCommit) => {
        ends.push(isCommit);
        const failure = endAnswers.shift();
        return failure === undefined
          ? Promise.resolve()
          : Promise.reject(new KafkaSessionError('end the transaction', failure));
      },
    },
    group: NO_GROUP,
    readPartition: () => Promise.resolve([]),
    createCompactedTopic: () => Promise.resolve(true),
    addPartitions: () => Promise.resolve(),
    cleanupPolicy: () => Promise.resolve('compact'),
    close: () => Promise.resolve(),
  };
  const health = createHealthBoard(clock, silentLogger);
  const rejected: string[] = [];
  const outcomes: TransactionOutcome[] = [];
  const registry = new Registry();
  const metrics = {
    ...createExporterMetrics(registry),
    rejected: (_dataSource: string, reason: string) => void rejected.push(reason),
    transactionEnded: (outcome: TransactionOutcome) => void outcomes.push(outcome),
  };
  const connection = {
    session: () => Promise.resolve(session),
    current: () => session,
    revision: () => 1,
    close: () => Promise.resolve(),
  };
  const deps = {
    clock,
    random: () => 1,
    logger: silentLogger,
    health,
    metrics,
    connection,
    size: new TransactionSize(clock),
    memory: {
      ...poisonedMemory,
      give: (buffer: Buffer) => {
        given.push(buffer);
        poisonedMemory.give(buffer);
      },
    },
  };
  const full = exporterConfig({ ...config, other: { queueSize: 6, ...config.other } });
  const owner =
    behaviour.isPush === true
      ? { transactionalId: 'push', progress: undefined, firstPartition: 0, sendMs: 20_000 }
      : shardOwner(full, 2);
  const producer = new KafkaProducer({ ...deps, giveUp: signal }, full, owner);
  await producer.open(signal);
  const seen = { sends, ends, added, given, outcomes, rejected };
  return { clock, producer, health, metrics, registry, ...seen };
}

/** The epoch and first sequence of a batch (KIP-98). */
const placeOf = ({ bytes }: Send): readonly [number, number] => [
  bytes.readInt16BE(51),
  bytes.readInt32BE(53),
];
const recordsOf = (sends: readonly Send[]): readonly Send[] =>
  sends.filter(({ target }) => target.topic === TOPIC);

test('a bug is reported until a transaction is committed', async () => {
  const { producer, health } = await openProducer();
  const faulty = batch();
  Object.defineProperty(faulty, 'bytes', { value: 'not a buffer' });
  await producer.send(faulty);
  await expect(producer.commit([])).rejects.toThrow(ProducerError);
  expect(health.problems()).toMatchObject([{ reason: 'InternalError' }]);
  expect(health.problems()[0]?.message).toContain('because of a bug, and tries again: TypeError');
  await producer.open(signal);
  await producer.send(batch());
  await producer.commit([]);
  expect(health.problems()).toEqual([]);
});

describe('a transaction', () => {
  test('holds the records and the progress of its shard, and is committed', async () => {
    const { producer, sends, ends, added, metrics } = await openProducer();
    await producer.send(batch());
    await producer.commit([progressRecords([{ kind: 'barrier', second: 4 }], 1)]);
    const id = 'deepflow-export.observability.l7.checkpoints.2';
    expect(sends.map(({ target, transactionalId }) => [target.topic, transactionalId])).toEqual([
      [TOPIC, id],
      ['deepflow-export.observability.l7.checkpoints', id],
    ]);
    expect(sends[1]?.target.partition).toBe(2);
    expect(added).toHaveLength(2);
    expect(ends).toEqual([true]);
    expect(metrics.recordsExported()).toBe(3);
    const decoded = await decodeRecordBatch(new Decoder(sends[0]?.bytes ?? Buffer.alloc(0)));
    expect(decoded.records).toHaveLength(3);
  });

  test('sends the same bytes to the same partition until Kafka has them', async () => {
    const { clock, producer, sends, health } = await openProducer({ answers: [MOVED, MOVED] });
    await producer.send(batch());
    await clock.advance(10);
    expect(health.problems()).toMatchObject([{ reason: 'BrokerUnreachable' }]);
    const committed = producer.commit([]);
    await clock.advance(5_000);
    await committed;
    expect(new Set(sends.map(({ target }) => target.partition)).size).toBe(1);
    expect(new Set(sends.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1);
    expect(sends).toHaveLength(3);
    expect(health.problems()).toEqual([]);
  });

  test.each([
    ['is missing', { topics: false }, 'TopicMissing'],
    ['may not be written to', { adds: [FORBIDDEN] }, 'KafkaAuthorizationFailed'],
  ] as const)(
    'is given up at once when its topic %s, and the next one continues',
    async (_name, {
      topics = true,
      adds = [],
    }: { topics?: boolean; adds?: readonly KafkaFailure[] }, reason) => {
      let isThere = topics;
      const partitions = (): number => {
        if (isThere) return 4;
        throw new KafkaSessionError('metadata', MISSING);
      };
      const { producer, sends, health, outcomes } = await openProducer({
        partitions,
        adds: [...adds],
      });
      await producer.send(batch());
      await expect(producer.commit([])).rejects.toMatchObject({ isOfTopic: true });
      expect(health.problems()).toMatchObject([{ reason }]);
      expect(await producer.abort()).toBe(true);
      isThere = true;
      await producer.send(batch());
      await producer.commit([]);
      expect(recordsOf(sends).map(placeOf)).toEqual([[0, 0]]);
      expect(outcomes).toEqual(['aborted', 'committed']);
      expect(health.problems()).toEqual([]);
    },
  );

  test('whose batch was sent to a topic that is gone then needs a new epoch', async () => {
    const { producer } = await openProducer({ answers: [MISSING] });
    await producer.send(batch());
    await expect(producer.commit([])).rejects.toMatchObject({ isOfTopic: true });
    expect(await producer.abort()).toBe(false);
  });

  test('is tried again while the checkpoint topic is missing, without which no transaction continues', async () => {
    const adds = [undefined, MISSING, MISSING];
    const { clock, producer } = await openProducer({ adds });
    await producer.send(batch());
    const committed = producer.commit([progressRecords([{ kind: 'barrier', second: 4 }], 1)]);
    await clock.advance(5_000);
    await committed;
    expect(adds).toEqual([]);
  });

  test('of pushed records is tried again while their topic is missing', async () => {
    const adds = [MISSING, MISSING];
    const { clock, producer } = await openProducer({ adds, isPush: true });
    await producer.send(batch());
    const committed = producer.commit([]);
    await clock.advance(5_000);
    await committed;
    expect(adds).toEqual([]);
  });

  test('gives back the memory of batches that Kafka has answered', async () => {
    const { producer, given } = await openProducer();
    await producer.send(batch());
    await producer.commit([]);
    expect(given).toHaveLength(1);
  });

  test('does not reuse memory that an earlier try may still be sending', async () => {
    const { clock, producer, sends, given } = await openProducer({ answers: [MOVED] });
    await producer.send(batch());
    const committed = producer.commit([]);
    await clock.advance(5_000);
    await committed;
    expect(sends.map(({ headroom }) => headroom > 0)).toEqual([true, false]);
    expect(given).toEqual([]);
  });

  test('treats a batch as stored when the broker has it from an earlier try', async () => {
    const detail = 'DUPLICATE_SEQUENCE_NUMBER';
    const { producer, metrics } = await openProducer({
      answers: [{ reason: 'KafkaError', detail }],
    });
    await producer.send(batch());
    await producer.commit([]);
    expect(metrics.recordsExported()).toBe(3);
  });

  test('is given up before its coordinator does, and its shard opened again with a new epoch', async () => {
    const answers = Array.from({ length: 1_000 }, () => MOVED);
    const { clock, producer, sends, metrics } = await openProducer({ answers });
    await producer.send(batch());
    const committed = producer.commit([]);
    const failed = expect(committed).rejects.toThrow('NOT_LEADER_OR_FOLLOWER');
    await clock.advance(55_000);
    await failed;
    expect(await producer.abort()).toBe(false);
    answers.length = 0;
    await producer.open(signal);
    await producer.send(batch());
    await producer.commit([]);
    expect(sends.at(-1)?.bytes.readInt16BE(51)).toBe(1);
    expect(metrics.recordsExported()).toBe(3);
  });

  test('fails at once when another exporter has taken the shard', async () => {
    const detail = 'INVALID_PRODUCER_EPOCH';
    const { producer } = await openProducer({ answers: [{ reason: 'KafkaError', detail }] });
    await producer.send(batch());
    await expect(producer.commit([])).rejects.toThrow(detail);
  });

  test('continues its sequence from batch to batch of a partition', async () => {
    const { producer, sends } = await openProducer({ partitions: () => 1 });
    for (let i = 0; i < 3; i++) await producer.send(batch());
    await producer.commit([]);
    await producer.send(batch());
    await producer.commit([]);
    expect(recordsOf(sends).map(placeOf)).toEqual([
      [0, 0],
      [0, 3],
      [0, 6],
      [0, 9],
    ]);
  });

  test('uses the partitions of its topic round-robin', async () => {
    const { producer, sends } = await openProducer();
    for (let i = 0; i < 5; i++) await producer.send(batch(1));
    await producer.commit([]);
    const partitions = recordsOf(sends).map(({ target }) => target.partition);
    expect(partitions.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 2, 3]);
  });

  test('sends a batch to the partition that it is given, and spreads keys over those that the topic has', async () => {
    const { producer, sends } = await openProducer({ partitions: () => 12 });
    const partitionOf = await producer.partitioner(L7);
    // murmur2 of "21" is -973932308 in Kafka's own tests.
    expect(partitionOf(Buffer.from('21'))).toBe((-973932308 & 0x7fffffff) % 12);
    for (const partition of [7, 7, 3]) await producer.send(batch(1), partition);
    await producer.commit([]);
    const partitions = recordsOf(sends).map(({ target }) => target.partition);
    expect(partitions.toSorted()).toEqual([3, 7, 7]);
  });

  test('takes no more records than may wait for Kafka', async () => {
    const { producer } = await openProducer({ isHung: true });
    await producer.send(batch());
    await producer.send(batch());
    let isTaken = false;
    void producer.send(batch()).then(() => (isTaken = true));
    await settle();
    expect(isTaken).toBe(false);
  });

  test('is not used with AtLeastOnce, whose batches are still stored once for all their tries', async () => {
    const delivery = { guarantee: 'AtLeastOnce', shards: 4 } as const;
    const { clock, producer, sends } = await openProducer({
      answers: [MOVED],
      config: { other: { delivery } },
    });
    await producer.send(batch());
    const committed = producer.commit([]);
    await clock.advance(1_000);
    await committed;
    expect(sends.map(({ transactionalId }) => transactionalId)).toEqual([undefined, undefined]);
    expect(sends.map(placeOf)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('a commit without an answer', () => {
  const unanswered: KafkaFailure = { reason: 'BrokerUnreachable', detail: 'NETWORK_EXCEPTION' };
  const lost: KafkaFailure = { reason: 'KafkaError', detail: 'INVALID_TXN_STATE' };
  const commit = async (behaviour: Behaviour) => {
    const opened = await openProducer(behaviour);
    await opened.producer.send(batch());
    const done = opened.producer.commit([]).then(
      () => 'committed',
      (error: unknown) => error,
    );
    await opened.clock.advance(60_000);
    return { ...opened, outcome: await done };
  };

  test('is requested once for a shard, whose progress shows the result', async () => {
    const { outcome, ends } = await commit({ ends: [unanswered] });
    expect(outcome).toMatchObject({ isUncertain: true });
    expect(ends).toEqual([true]);
  });

  test('is requested again for pushed records, for which only the coordinator knows the result', async () => {
    const { outcome, ends, sends, health } = await commit({
      isPush: true,
      ends: [unanswered, unanswered],
    });
    expect(outcome).toBe('committed');
    expect(ends).toEqual([true, true, true]);
    expect(sends).toHaveLength(1);
    expect(health.problems()).toEqual([]);
  });

  test('counts as aborted when the coordinator has given the transaction up', async () => {
    const { outcome } = await commit({ isPush: true, ends: [unanswered, lost] });
    expect(outcome).toMatchObject({ message: 'INVALID_TXN_STATE', isUncertain: false });
  });

  test('stays uncertain when its time is over', async () => {
    const { outcome } = await commit({
      isPush: true,
      ends: Array.from({ length: 1_000 }, () => unanswered),
    });
    expect(outcome).toMatchObject({ isUncertain: true });
  });

  test('does not follow sends that did not succeed in time', async () => {
    const answers = Array.from({ length: 1_000 }, () => MOVED);
    const { producer, clock, ends } = await openProducer({ isPush: true, answers });
    await producer.send(batch());
    const failed = expect(producer.commit([])).rejects.toMatchObject({ isUncertain: false });
    await clock.advance(23_000);
    await failed;
    expect(ends).toEqual([]);
  });
});

describe('a transaction is counted once,', () => {
  const fenced: KafkaFailure = { reason: 'KafkaError', detail: 'INVALID_PRODUCER_EPOCH' };
  const unanswered: KafkaFailure = { reason: 'BrokerUnreachable', detail: 'NETWORK_EXCEPTION' };

  test.each<[string, Behaviour, string]>([
    ['as committed', {}, 'committed'],
    ['as fenced when a send finds another exporter', { answers: [fenced] }, 'fenced'],
    ['as fenced when its end finds another exporter', { ends: [fenced] }, 'fenced'],
    ['as uncertain when its end is not answered', { ends: [unanswered] }, 'uncertain'],
    ['as aborted when a batch is too large', { answers: [TOO_LARGE] }, 'aborted'],
  ])('%s', async (_name, behaviour, outcome) => {
    const { producer, outcomes } = await openProducer(behaviour);
    await producer.send(batch());
    await producer.commit([]).catch(() => undefined);
    await producer.abort();
    await producer.open(signal);
    expect(outcomes).toEqual([outcome]);
  });

  test('as aborted when its shard gives it up', async () => {
    const { producer, outcomes } = await openProducer();
    await producer.send(batch());
    await producer.abort();
    await producer.abort();
    expect(outcomes).toEqual(['aborted']);
  });
});

test('records wait from their send to their answer', async () => {
  const { producer, metrics } = await openProducer();
  await producer.send(batch());
  expect(metrics.recordsQueued()).toBe(3);
  await producer.commit([]);
  expect(metrics.recordsQueued()).toBe(0);
});

describe('a transaction', () => {
  test('is full when it has the bytes that Kafka takes in time, and the next one is larger when it was fast', async () => {
    const { producer } = await openProducer();
    const { bytes } = producer.size;
    expect(producer.isFull()).toBe(false);
    await producer.send({ ...batch(), bytes: Buffer.alloc(bytes - 1) });
    expect(producer.isFull()).toBe(false);
    await producer.send(batch());
    expect(producer.isFull()).toBe(true);
    await producer.commit([]);
    expect(producer.isFull()).toBe(false);
    expect(producer.size.bytes).toBe(2 * bytes);
  });

  test('is full when it has lasted ten seconds, and the next one is smaller when it was slow', async () => {
    const { clock, producer } = await openProducer();
    const { bytes } = producer.size;
    await producer.send(batch());
    await clock.advance(10_000);
    expect(producer.isFull()).toBe(true);
    await clock.advance(10_000);
    await producer.commit([]);
    expect(producer.size.bytes).toBe(bytes / 2);
  });
});

describe('a batch of which a topic refuses records', () => {
  const refusing = (...refused: number[]): KafkaFailure => ({
    reason: 'KafkaError',
    detail: 'INVALID_TIMESTAMP',
    refused,
  });

  test('is taken apart: the others are stored, and the refused ones go to the dead-letter topic', async () => {
    const delivery = { guarantee: 'ExactlyOnce', shards: 4, deadLetterTopic: 'dead' } as const;
    const { producer, sends, ends, rejected, health } = await openProducer({
      answers: [refusing(0, 2)],
      config: { other: { delivery } },
    });
    await producer.send(batch(4));
    await producer.commit([]);
    const recordsIn = ({ bytes }: Send): number => bytes.readInt32BE(57);
    expect(sends.map((send) => [send.target.topic, recordsIn(send)])).toEqual([
      [TOPIC, 4],
      ['dead', 2],
      [TOPIC, 2],
    ]);
    expect(ends).toEqual([true]);
    expect(rejected).toEqual(['invalidTimestamp']);
    expect(health.problems()).toEqual([]);
  });

  test('counts as no delivered batch when all of its records are refused', async () => {
    const { producer, registry } = await openProducer({ answers: [refusing(0, 1)] });
    await producer.send(batch(2));
    await producer.commit([]);
    expect(await registry.metrics()).not.toMatch(/batches_total\{/);
  });

  test('is halved until the refused record is found, when the broker names none', async () => {
    const refuse = refusing();
    const { producer, sends } = await openProducer({
      answers: [refuse, undefined, refuse, refuse, undefined],
    });
    await producer.send(batch(4));
    await producer.commit([]);
    // Four; the first two are stored; the last two; the third alone; the fourth is stored.
    expect(sends.map(({ bytes }) => bytes.readInt32BE(57))).toEqual([4, 2, 2, 1, 1]);
  });
});

describe('a batch that is too large for its topic', () => {
  test('is sent again in smaller batches, if it has more than one record', async () => {
    const { producer } = await openProducer({ answers: [TOO_LARGE] });
    await producer.send(batch());
    await expect(producer.commit([])).rejects.toMatchObject({ isTooLarge: true });
  });

  test('is told apart from progress that is too large for the checkpoint topic', async () => {
    const { producer } = await openProducer({ answers: [undefined, TOO_LARGE] });
    await producer.send(batch());
    const tooLarge = { isTooLarge: true, isOfProgress: true };
    await expect(producer.commit([batch()])).rejects.toMatchObject(tooLarge);
    await producer.open(signal);
    await producer.send(batch());
    await producer.commit([batch()]);
  });

  test('is left out if it is one record, and the next ones continue', async () => {
    const { producer, sends, ends, health } = await openProducer({
      answers: [TOO_LARGE],
      partitions: () => 1,
    });
    await producer.send(batch(1));
    await producer.send(batch(2));
    await producer.commit([]);
    expect(ends).toEqual([true]);
    expect(sends.map(placeOf)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(health.problems()).toEqual([]);
  });

  test('goes to the dead-letter topic in the same transaction', async () => {
    const deadLetterTopic = 'dead';
    const delivery = { guarantee: 'ExactlyOnce', shards: 4, deadLetterTopic } as const;
    const { producer, sends, ends } = await openProducer({
      answers: [TOO_LARGE],
      config: { other: { delivery } },
    });
    await producer.send(batch(1));
    await producer.commit([]);
    expect(sends.map(({ target }) => target.topic)).toEqual([TOPIC, deadLetterTopic]);
    expect(ends).toEqual([true]);
  });

  test('goes to the partition of its key in the dead-letter topic', async () => {
    const delivery = { guarantee: 'ExactlyOnce', shards: 4, deadLetterTopic: 'dead' } as const;
    const { producer, sends } = await openProducer({
      answers: [TOO_LARGE],
      partitions: (topic) => (topic === 'dead' ? 3 : 12),
      config: { other: { delivery } },
    });
    await producer.send(batch(1), 8);
    await producer.commit([]);
    expect(sends.map(({ target }) => target.partition)).toEqual([8, 8 % 3]);
  });

  test('is counted when its transaction is committed, however often it was tried', async () => {
    const { producer, rejected } = await openProducer({
      answers: [TOO_LARGE, TOO_LARGE, TOO_LARGE],
      partitions: () => 1,
    });
    await producer.send(batch(1));
    await producer.send(batch(2));
    await expect(producer.commit([])).rejects.toMatchObject({ isTooLarge: true });
    await producer.open(signal);
    expect(rejected).toEqual([]);
    await producer.send(batch(1));
    await producer.send(batch(2));
    await producer.commit([]);
    expect(rejected).toEqual(['tooLarge']);
  });
});
