import { describe, expect, test } from 'vitest';
import { kafkaProblem } from '../../../../src/exporter/kafka/errors/kafka-problem.ts';
import { failureOf } from '../../../../src/exporter/kafka/errors/kafka-session-error.ts';
import { createTopicRequest } from '../../../../src/exporter/kafka/requests/topic-requests.ts';
import { exporterConfig } from '../../exporter-config.ts';
import { ProtocolWriter } from '../scripted/protocol-bytes.ts';

const { kafka } = exporterConfig({});
const TOPIC = kafka.checkpointTopic;

/** Version 2: `throttle_time_ms [topic error_code error_message]`. */
function answer(errorCode: number, message: string | null): Buffer {
  return new ProtocolWriter()
    .int32(0)
    .int32(1) // topics
    .text(TOPIC)
    .int16(errorCode)
    .text(message)
    .bytes();
}

async function create(errorCode: number, message: string | null): Promise<unknown> {
  const { response } = createTopicRequest({ topic: TOPIC, partitions: 16, config: {} }, 1_000);
  return response.parse(await response.decode(answer(errorCode, message)));
}

describe('a topic that Kafka does not create', () => {
  test.each([
    [44, 'segment.ms must be at least 3600000', 'a policy of the brokers'],
    [40, 'Unknown topic config name: segment.ms', 'do not accept the configuration'],
    [38, 'Replication factor: 3 larger than available brokers: 1.', 'fewer brokers'],
  ])(
    'is refused by code %d with the words of the broker and a remedy',
    async (code, said, words) => {
      const error: unknown = await create(code, said).catch((thrown: unknown) => thrown);
      const { reason, message } = kafkaProblem(failureOf(error), kafka, TOPIC);
      expect(reason).toBe('TopicRefused');
      for (const part of [said, words, TOPIC, '--config cleanup.policy=compact']) {
        expect(message).toContain(part);
      }
    },
  );

  test('says no more than fits into a condition, and on one line', async () => {
    const long = `no\n\u0000${'x'.repeat(5_000)}`;
    const error: unknown = await create(44, long).catch((thrown: unknown) => thrown);
    const { said = '' } = failureOf(error);
    expect(said.length).toBeLessThanOrEqual(300);
    expect(said).toMatch(/^no x+$/);
  });
});

test('a topic that Kafka has created is no error', async () => {
  await expect(create(0, null)).resolves.toBeDefined();
});
