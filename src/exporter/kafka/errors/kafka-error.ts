import { errorNamed, errorOfCode } from './error-codes.ts';
import type { KafkaFailure, KafkaReason } from './kafka-failure.ts';
import { TokenError } from './token-error.ts';

const SAID_MAX = 300;

/**
 * The failure for the error code of a broker, with what the broker says about it. The words are
 * shortened, and characters that do not belong into a message are left out.
 */
export function brokerFailure(errorCode: number, said?: string): KafkaFailure {
  const { reason, name } = errorOfCode(errorCode) ?? {
    reason: 'KafkaError',
    name: `error code ${errorCode}`,
  };
  if (said === undefined) return { reason, detail: name };
  return { reason, detail: name, said: said.replaceAll(/\p{C}+/gu, ' ').slice(0, SAID_MAX) };
}

/** The reasons of failures that may end without a change of configuration. */
const PASSING: ReadonlySet<string> = new Set([
  'BrokerUnreachable',
  'KafkaNotReady',
  'NotEnoughReplicas',
  'BrokerWithoutTls',
]);

/**
 * True when the failure may end without a change of configuration or credentials: a broker does not
 * answer, or is not ready.
 */
export function isPassing({ reason }: KafkaFailure): boolean {
  return PASSING.has(reason);
}

/**
 * True when the producer needs a new identity, since a retry with the same identity cannot succeed
 * (KIP-360).
 */
export function isProducerLost({ detail }: KafkaFailure): boolean {
  return errorNamed(detail)?.class === 'fenced';
}

/** True when a batch is too large for its topic. */
export function isTooLargeFor({ detail }: KafkaFailure): boolean {
  return detail === 'MESSAGE_TOO_LARGE' || detail === 'RECORD_LIST_TOO_LARGE';
}

/** True when the broker refuses single records of a batch, and may accept the other ones. */
export function isOfRecords({ detail }: KafkaFailure): boolean {
  return detail === 'INVALID_TIMESTAMP' || detail === 'INVALID_RECORD';
}

/** True when only one topic has a problem: it is missing, or the user may not write to it. */
export function isOfTopic({ reason, detail }: KafkaFailure): boolean {
  return reason === 'TopicMissing' || detail === 'TOPIC_AUTHORIZATION_FAILED';
}

/** True when another producer has taken over the transactional id. */
export function isFenced({ detail }: KafkaFailure): boolean {
  return detail === 'INVALID_PRODUCER_EPOCH' || detail === 'PRODUCER_FENCED';
}

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

/** The codes of OpenSSL and of the exporter's connections for a peer that does not speak TLS. */
const NO_TLS_CODE =
  /TLS_HANDSHAKE_ENDED|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL|HTTP_REQUEST/;

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
  for (const { code, message, broker } of chain) {
    if (code !== undefined && NO_TLS_CODE.test(code)) {
      return {
        reason: 'BrokerWithoutTls',
        detail: message,
        ...(broker === undefined ? {} : { broker }),
      };
    }
  }
  for (const { code, message } of chain) {
    if (code !== undefined && CERTIFICATE_CODE.test(code)) {
      return { reason: 'BrokerCertificateRejected', detail: `${code}: ${message}` };
    }
  }
  for (const { errorCode } of chain) {
    if (errorCode !== undefined) return brokerFailure(errorCode);
  }
  const broker = chain.find((each) => each.broker !== undefined)?.broker;
  for (const { name, message } of chain) {
    const reason = NAMES[name];
    if (reason !== undefined) {
      return { reason, detail: message, ...(broker === undefined ? {} : { broker }) };
    }
  }
  return { reason: 'KafkaError', detail: chain[0]?.message ?? 'unknown error' };
}

interface Cause {
  readonly name: string;
  readonly message: string;
  /** The error code of a broker. */
  readonly errorCode: number | undefined;
  readonly code: string | undefined;
  /** `host:port` of the broker to which there is no connection. */
  readonly broker: string | undefined;
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
      errorCode: errorCodeOf(error),
      code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
      broker: 'broker' in error && typeof error.broker === 'string' ? error.broker : undefined,
      failure: error instanceof TokenError ? error.failure : undefined,
    },
    ...nested.flatMap((inner) => causes(inner, depth + 1)),
    ...causes(error.cause, depth + 1),
  ];
}

/** kafkajs knows the errors of Kafka 2.6. It throws later ones with their code in the message alone. */
const LATER = /^Unknown error code (-?\d+)$/;

/** The error code of a broker that an error of kafkajs stands for. */
function errorCodeOf(error: Error): number | undefined {
  const later = LATER.exec(error.message)?.[1];
  if (later !== undefined) return Number(later);
  return 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
