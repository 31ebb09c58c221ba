import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { EncodedBatch } from '../../../src/exporter/encode/encoded-batch.ts';
import { noFaults } from '../../../src/exporter/encode/value-faults.ts';
import { createDeliver } from '../../../src/exporter/kafka/deliver.ts';
import type { KafkaFailure } from '../../../src/exporter/kafka/kafka-error.ts';
import type { KafkaSession } from '../../../src/exporter/kafka/kafka-session.ts';
import type { TopicPartition } from '../../../src/exporter/kafka/produce-request.ts';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { createExporterMetrics } from '../../../src/exporter/status/metrics.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { exporterConfig } from '../exporter-config.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const MOVED: KafkaFailure = { reason: 'BrokerUnreachable', detail: 'NOT_LEADER_OR_FOLLOWER' };
const BATCH: EncodedBatch = {
  dataSource: 'flow_log.l7_flow_log',
  records: 3,
  bytes: Buffer.from('records'),
  compression: 'none',
  baseTimestampMs: 1,
  maxTimestampMs: 2,
  faults: noFaults(),
};

function deliveryUnderTest(answers: (KafkaFailure | undefined)[], partitions = 4) {
  const clock = createManualClock();
  const sends: { readonly target: TopicPartition; readonly bytes: Buffer }[] = [];
  const session: KafkaSession = {
    revision: 1,
    partitionCount: () => Promise.resolve(partitions),
    produce: (target, bytes) => {
      sends.push({ target, bytes });
      return Promise.resolve(answers.shift());
    },
    readPartition: () => Promise.resolve([]),
    createCompactedTopic: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const health = createHealthBoard(clock, silentLogger);
  const metrics = createExporterMetrics(new Registry(), {
    queuedRecords: () => 0,
    lagSeconds: () => new Map(),
  });
  const stop = new AbortController();
  const connection = {
    session: () => Promise.resolve(session),
    revision: () => 1,
    close: () => Promise.resolve(),
  };
  const deliver = createDeliver(
    { clock, random: () => 1, health, metrics, connection },
    exporterConfig({ other: { queueCount: 2 } }),
    stop.signal,
  );
  return { clock, deliver, health, metrics, sends, stop };
}

describe('delivery', () => {
  test('sends the same bytes to the same partition until Kafka has them', async () => {
    const { clock, deliver, health, metrics, sends } = deliveryUnderTest([MOVED, MOVED, undefined]);
    const delivered = deliver(BATCH, 0);
    await clock.advance(50);
    expect(health.problems()).toMatchObject([{ reason: 'BrokerUnreachable' }]);
    await clock.advance(60_000);
    expect(await delivered).toBe(true);
    expect(sends).toHaveLength(3);
    expect(new Set(sends.map(({ target }) => target.partition)).size).toBe(1);
    expect(new Set(sends.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1);
    expect(health.problems()).toEqual([]);
    expect(metrics.recordsExported()).toBe(3);
  });

  test('never gives up by itself', async () => {
    const answers = Array.from({ length: 1_000 }, () => MOVED);
    const { clock, deliver, sends, stop } = deliveryUnderTest(answers);
    const delivered = deliver(BATCH, 0);
    await clock.advance(600_000);
    expect(sends.length).toBeGreaterThan(100);
    stop.abort();
    expect(await delivered).toBe(false);
  });

  test.each([
    [4, 0, [0, 2, 0, 2]],
    [4, 1, [1, 3, 1, 3]],
    [3, 1, [1, 1, 1, 1]],
    [1, 1, [0, 0, 0, 0]],
  ])('of %d partitions, lane %d goes round its own', async (partitions, lane, expected) => {
    const { deliver, sends } = deliveryUnderTest([], partitions);
    for (let i = 0; i < 4; i++) await deliver(BATCH, lane);
    expect(sends.map(({ target }) => target.partition)).toEqual(expected);
  });
});
