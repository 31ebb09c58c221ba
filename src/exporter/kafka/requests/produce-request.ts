import type { Protocol } from 'kafkajs/src/network/protocol.js';
import { InPlacePayload } from '../kafkajs/in-place-payload.ts';

const API_KEY = 0;
const API_VERSION = 8;
const ACKS_ALL = -1;
const NULL_LENGTH = -1;

/** The broker's answer to a request with one record batch. */
export interface ProduceResponse {
  /** 0 when the batch is stored (https://kafka.apache.org/protocol#protocol_error_codes). */
  readonly errorCode: number;
  readonly baseOffset: bigint;
  /** The places in the batch of the records because of which the broker refuses the batch (KIP-467). */
  readonly refused: readonly number[];
  /** What the broker says about the error. */
  readonly said: string | undefined;
  /** How long this client must send nothing (KIP-219). */
  readonly clientSideThrottleTime: number;
}

/** The destination of a record batch. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record batch that is being sent. */
export interface OutgoingBatch {
  readonly bytes: Buffer;
  /** How many bytes before the batch, in the same memory, may be overwritten. */
  readonly headroom: number;
}

/** How a request is sent. */
export interface ProduceOptions {
  /** How long the broker waits for its replicas. */
  readonly timeoutMs: number;
  /** The transaction that the batch belongs to. Absent: none. */
  readonly transactionalId?: string | undefined;
}

/**
 * A Produce request of version 8 (KIP-467; brokers know it since Kafka 2.4) with one record
 * batch for one partition, acknowledged by all in-sync replicas. An error of the broker is
 * returned, not thrown.
 */
export function produceRequest(
  target: TopicPartition,
  batch: OutgoingBatch,
  options: ProduceOptions,
): Protocol<ProduceResponse> {
  return {
    request: {
      apiKey: API_KEY,
      apiVersion: API_VERSION,
      apiName: 'Produce',
      encode: () => {
        const payload = new InPlacePayload(batch.bytes, batch.headroom);
        payload.prepend(requestHead(target, batch.bytes.length, options));
        return Promise.resolve(payload);
      },
    },
    response: {
      decode: (payload) => Promise.resolve(decodeResponse(payload)),
      parse: (data) => Promise.resolve(data),
    },
  };
}

/** `transactional_id acks timeout [topic [partition record_set_length`. The record set follows. */
function requestHead(target: TopicPartition, batchBytes: number, options: ProduceOptions): Buffer {
  const { transactionalId, timeoutMs } = options;
  const topic = Buffer.from(target.topic);
  const transaction = Buffer.from(transactionalId ?? '');
  const head = Buffer.alloc(2 + transaction.length + 2 + 4 + 4 + 2 + topic.length + 4 + 4 + 4);
  let at = head.writeInt16BE(transactionalId === undefined ? NULL_LENGTH : transaction.length, 0);
  at += transaction.copy(head, at);
  at = head.writeInt16BE(ACKS_ALL, at);
  at = head.writeInt32BE(timeoutMs, at);
  at = head.writeInt32BE(1, at); // topics
  at = head.writeInt16BE(topic.length, at);
  at += topic.copy(head, at);
  at = head.writeInt32BE(1, at); // partitions
  at = head.writeInt32BE(target.partition, at);
  head.writeInt32BE(batchBytes, at);
  return head;
}

/**
 * `[topic [partition error_code base_offset log_append_time log_start_offset [batch_index message]
 * error_message]] throttle_time_ms`, for one topic and one partition.
 */
function decodeResponse(payload: Buffer): ProduceResponse {
  // The payload is a slice of kafkajs's decoder.
  const topicLength = payload.readInt16BE(4);
  const partition = 4 + 2 + topicLength + 4;
  const refused: number[] = [];
  let at = partition + 34;
  for (let left = payload.readInt32BE(partition + 30); left > 0; left--) {
    refused.push(payload.readInt32BE(at));
    at = readText(payload, at + 4).end;
  }
  const said = readText(payload, at);
  return {
    errorCode: payload.readInt16BE(partition + 4),
    baseOffset: payload.readBigInt64BE(partition + 6),
    refused,
    said: said.text,
    clientSideThrottleTime: payload.readInt32BE(said.end),
  };
}

/** A nullable string, and the position after it. */
function readText(
  payload: Buffer,
  at: number,
): { readonly text: string | undefined; readonly end: number } {
  const length = payload.readInt16BE(at);
  if (length === NULL_LENGTH) return { text: undefined, end: at + 2 };
  return { text: payload.toString('utf8', at + 2, at + 2 + length), end: at + 2 + length };
}
