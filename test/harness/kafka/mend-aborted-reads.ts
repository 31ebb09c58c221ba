import fetchResponse from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import {
  type AbortedTransaction,
  committedMessages,
  type FetchedMessage,
} from '../../../src/exporter/kafka/kafkajs/committed-messages.ts';

const { decode } = fetchResponse;

/**
 * kafkajs leaves aborted messages out only where a response names their transactions in order, one at a time: when
 * transactions of several producers overlap in a partition, it hands on records that nobody committed. Here they are
 * marked as what readers pass over, before kafkajs looks. Calling it twice changes nothing.
 */
export function mendAbortedReads(): void {
  fetchResponse.decode = async (rawData) => {
    const response = await decode(rawData);
    return {
      ...response,
      responses: response.responses.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((partition) => ({
          ...partition,
          abortedTransactions: [],
          messages: withoutAborted(partition.messages, partition.abortedTransactions ?? []),
        })),
      })),
    };
  };
}

function withoutAborted(
  messages: readonly FetchedMessage[],
  aborted: readonly AbortedTransaction[],
): readonly FetchedMessage[] {
  const committed = new Set(committedMessages(messages, aborted));
  return messages.map((message) =>
    committed.has(message) || message.isControlRecord === true
      ? message
      : { ...message, isControlRecord: true },
  );
}
