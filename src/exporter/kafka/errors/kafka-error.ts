import type { KafkaFailure, KafkaReason } from './kafka-failure.ts';
import { TokenError } from './token-error.ts';

/** The error codes of a Produce response that the exporter distinguishes (Kafka protocol guide). */
const PRODUCE_ERRORS: Readonly<Record<number, KafkaFailure>> = {
  2: { reason: 'KafkaError', detail: 'CORRUPT_MESSAGE' },
  3: { reason: 'TopicMissing', detail: 'UNKNOWN_TOPIC_OR_PARTITION' },
  5: { reason: 'BrokerUnreachable', detail: 'LEADER_NOT_AVAILABLE' },
  6: { reason: 'BrokerUnreachable', detail: 'NOT_LEADER_OR_FOLLOWER' },
  7: { reason: 'BrokerUnreachable', detail: 'REQUEST_TIMED_OUT' },
  10: { reason: 'KafkaError', detail: 'MESSAGE_TOO_LARGE' },
  17: { reason: 'KafkaError', detail: 'INVALID_TOPIC_EXCEPTION' },
  18: { reason: 'KafkaError', detail: 'RECORD_LIST_TOO_LARGE' },
  19: { reason: 'BrokerUnreachable', detail: 'NOT_ENOUGH_REPLICAS' },
  20: { reason: 'BrokerUnreachable', detail: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' },
  29: { reason: 'KafkaAuthorizationFailed', detail: 'TOPIC_AUTHORIZATION_FAILED' },
  31: { reason: 'KafkaAuthorizationFailed', detail: 'CLUSTER_AUTHORIZATION_FAILED' },
  45: { reason: 'KafkaError', detail: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  46: { reason: 'KafkaError', detail: 'DUPLICATE_SEQUENCE_NUMBER' },
  47: { reason: 'KafkaError', detail: 'INVALID_PRODUCER_EPOCH' },
  48: { reason: 'KafkaError', detail: 'INVALID_TXN_STATE' },
  49: { reason: 'KafkaError', detail: 'INVALID_PRODUCER_ID_MAPPING' },
  51: { reason: 'BrokerUnreachable', detail: 'CONCURRENT_TRANSACTIONS' },
  53: { reason: 'KafkaAuthorizationFailed', detail: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' },
  56: { reason: 'BrokerUnreachable', detail: 'KAFKA_STORAGE_ERROR' },
  59: { reason: 'KafkaError', detail: 'UNKNOWN_PRODUCER_ID' },
  76: { reason: 'KafkaError', detail: 'UNSUPPORTED_COMPRESSION_TYPE' },
  87: { reason: 'KafkaError', detail: 'INVALID_RECORD' },
  90: { reason: 'KafkaError', detail: 'PRODUCER_FENCED' },
};

/** The failure for the error code of a Produce response. */
export function produceFailure(errorCode: number): KafkaFailure {
  return PRODUCE_ERRORS[errorCode] ?? { reason: 'KafkaError', detail: `error code ${errorCode}` };
}

/** The failures after which a producer needs a new identity (KIP-360). */
const PRODUCER_LOST: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
  'PRODUCER_FENCED',
  'TRANSACTION_COORDINATOR_FENCED',
]);

/**
 * True when the producer needs a new identity, since a retry with the same identity cannot succeed.
 */
export function isProducerLost({ detail }: KafkaFailure): boolean {
  return PRODUCER_LOST.has(detail);
}

/** True when a batch is too large for its topic. */
export function isTooLargeFor({ detail }: KafkaFailure): boolean {
  return detail === 'MESSAGE_TOO_LARGE' || detail === 'RECORD_LIST_TOO_LARGE';
}

/** True when only one topic has a problem: it is missing, or the user may not write to it. */
export function isOfTopic({ reason, detail }: KafkaFailure): boolean {
  return reason === 'TopicMissing' || detail === 'TOPIC_AUTHORIZATION_FAILED';
}

/** True when another producer has taken over the transactional id. */
export function isFenced({ detail }: KafkaFailure): boolean {
  return detail === 'INVALID_PRODUCER_EPOCH' || detail === 'PRODUCER_FENCED';
}

const TYPES: Readonly<Record<string, KafkaReason>> = {
  GROUP_COORDINATOR_NOT_AVAILABLE: 'BrokerUnreachable',
  NOT_COORDINATOR_FOR_GROUP: 'BrokerUnreachable',
  GROUP_LOAD_IN_PROGRESS: 'BrokerUnreachable',
  CONCURRENT_TRANSACTIONS: 'BrokerUnreachable',
  NETWORK_EXCEPTION: 'BrokerUnreachable',
  REQUEST_TIMED_OUT: 'BrokerUnreachable',
  NOT_ENOUGH_REPLICAS: 'BrokerUnreachable',
  NOT_LEADER_FOR_PARTITION: 'BrokerUnreachable',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  GROUP_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  ILLEGAL_GENERATION: 'KafkaError',
  REBALANCE_IN_PROGRESS: 'KafkaError',
  UNKNOWN_MEMBER_ID: 'KafkaError',
  INVALID_PRODUCER_EPOCH: 'KafkaError',
  INVALID_TXN_STATE: 'KafkaError',
  INVALID_PRODUCER_ID_MAPPING: 'KafkaError',
  TRANSACTION_COORDINATOR_FENCED: 'KafkaError',
  UNKNOWN_TOPIC_OR_PARTITION: 'TopicMissing',
  TOPIC_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  CLUSTER_AUTHORIZATION_FAILED: 'KafkaAuthorizationFailed',
  SASL_AUTHENTICATION_FAILED: 'KafkaAuthenticationFailed',
  UNSUPPORTED_SASL_MECHANISM: 'KafkaAuthenticationFailed',
  LEADER_NOT_AVAILABLE: 'BrokerUnreachable',
  COORDINATOR_NOT_AVAILABLE: 'BrokerUnreachable',
};

const NAMES: Readonly<Record<string, KafkaReason>> = {
  KafkaJSSASLAuthenticationError: 'KafkaAuthenticationFailed',
  KafkaJSConnectionError: 'BrokerUnreachable',
  KafkaJSConnectionClosedError: 'BrokerUnreachable',
  KafkaJSRequestTimeoutError: 'BrokerUnreachable',
  KafkaJSBrokerNotFound: 'BrokerUnreachable',
  KafkaJSLockTimeout: 'BrokerUnreachable',
};

/**
 * OpenSSL's codes of the alerts with which the peer rejects the exporter's certificate (RFC 8446
 * section 6.2).
 */
const CERTIFICATE_ALERT = /_ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/;

/** The codes of OpenSSL and Node for a certificate that is not trusted (tls, X509 errors). */
const CERTIFICATE_CODE =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS_|ERR_SSL_|ERR_OSSL|EPROTO|HOSTNAME_MISMATCH/;

/**
 * Classifies an error of kafkajs. It searches `cause` and aggregated errors, since kafkajs wraps
 * the real error in a generic one.
 */
export function kafkaFailure(error: unknown): KafkaFailure {
  const chain = causes(error);
  for (const { failure } of chain) if (failure !== undefined) return failure;
  for (const { code } of chain) {
    if (code !== undefined && CERTIFICATE_ALERT.test(code)) {
      return { reason: 'ClientCertificateRejected', detail: code };
    }
  }
  for (const { code, message } of chain) {
    if (code !== undefined && CERTIFICATE_CODE.test(code)) {
      return { reason: 'BrokerCertificateRejected', detail: `${code}: ${message}` };
    }
  }
  for (const { type } of chain) {
    const reason = type === undefined ? undefined : TYPES[type];
    if (type !== undefined && reason !== undefined) return { reason, detail: type };
  }
  for (const { name, message } of chain) {
    const reason = NAMES[name];
    if (reason !== undefined) return { reason, detail: message };
  }
  return { reason: 'KafkaError', detail: chain[0]?.message ?? 'unknown error' };
}

interface Cause {
  readonly name: string;
  readonly message: string;
  readonly type: string | undefined;
  readonly code: string | undefined;
  /** The failure, when the error is one of the exporter's own errors. */
  readonly failure: KafkaFailure | undefined;
}

const CAUSES_MAX = 10;

function causes(error: unknown, depth = 0): readonly Cause[] {
  if (!(error instanceof Error) || depth > CAUSES_MAX) return [];
  const nested: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return [
    {
      name: error.name,
      message: error.message,
      type: textOf(error, 'type'),
      code: textOf(error, 'code'),
      failure: error instanceof TokenError ? error.failure : undefined,
    },
    ...nested.flatMap((inner) => causes(inner, depth + 1)),
    ...causes(error.cause, depth + 1),
  ];
}

function textOf(error: Error, property: 'type' | 'code'): string | undefined {
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' ? value : undefined;
}
