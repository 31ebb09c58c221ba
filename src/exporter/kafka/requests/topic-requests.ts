import type { Protocol } from 'kafkajs/src/network/protocol.js';
import createPartitions from 'kafkajs/src/protocol/requests/createPartitions/v0/request.js';
import createPartitionsResponse from 'kafkajs/src/protocol/requests/createPartitions/v0/response.js';
import createTopics from 'kafkajs/src/protocol/requests/createTopics/v2/request.js';
import createTopicsResponse from 'kafkajs/src/protocol/requests/createTopics/v2/response.js';
import type { TopicAnswer } from 'kafkajs/src/protocol/requests/createTopics/v2/response.js';
import { brokerFailure } from '../errors/kafka-error.ts';
import { KafkaSessionError } from '../errors/kafka-session-error.ts';

/** A topic to create. */
export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** -1 means the default of the brokers (KIP-464, Kafka 2.4 and later). */
const DEFAULT_REPLICATION = -1;

/**
 * A CreateTopics request of version 2, the oldest that Kafka 4 serves. Its answer fails with a
 * `KafkaSessionError` that has the words of the broker, which kafkajs leaves out.
 */
export function createTopicRequest(
  { topic, partitions, config }: NewTopic,
  timeoutMs: number,
): Protocol<TopicAnswer> {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const created = {
    topic,
    numPartitions: partitions,
    replicationFactor: DEFAULT_REPLICATION,
    configEntries,
  };
  return {
    request: createTopics({ topics: [created], timeout: timeoutMs }),
    response: {
      decode: (payload) => createTopicsResponse.decode(payload),
      parse: (answer) => refused(`create topic ${topic}`, answer),
    },
  };
}

/** A CreatePartitions request of version 0. Its answer fails like that of `createTopicRequest`. */
export function addPartitionsRequest(
  topic: string,
  count: number,
  timeoutMs: number,
): Protocol<TopicAnswer> {
  return {
    request: createPartitions({ topicPartitions: [{ topic, count }], timeout: timeoutMs }),
    response: {
      decode: (payload) => createPartitionsResponse.decode(payload),
      parse: (answer) => refused(`add partitions to ${topic}`, answer),
    },
  };
}

function refused(operation: string, answer: TopicAnswer): Promise<TopicAnswer> {
  const error = answer.topicErrors.find(({ errorCode }) => errorCode !== 0);
  if (error === undefined) return Promise.resolve(answer);
  const failure = brokerFailure(error.errorCode, error.errorMessage ?? undefined);
  return Promise.reject(new KafkaSessionError(operation, failure));
}
