import kafkajsErrors from 'kafkajs/src/errors.js';
import { describe, expect, test } from 'vitest';
import { errorNamed } from '../../../../src/exporter/kafka/errors/error-codes.ts';
import { kafkaFailure, brokerFailure } from '../../../../src/exporter/kafka/errors/kafka-error.ts';

const {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} = kafkajsErrors;

const connection = (code: string): Error =>
  new KafkaJSConnectionError(`Connection error: ${code}`, { broker: 'b:9092', code });
const protocol = (type: string): Error => {
  const code = errorNamed(type)?.code ?? -1;
  return new KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable: true }));
};

describe('an error of kafkajs is classified as', () => {
  test.each([
    ['a refused connection', connection('ECONNREFUSED'), 'BrokerUnreachable'],
    [
      'a connection error inside wrappers',
      new KafkaJSNumberOfRetriesExceeded(connection('ETIMEDOUT'), { retryCount: 1, retryTime: 1 }),
      'BrokerUnreachable',
    ],
    [
      'an authority that is not trusted',
      connection('SELF_SIGNED_CERT_IN_CHAIN'),
      'BrokerCertificateRejected',
    ],
    [
      'a certificate of another host, inside wrappers',
      new KafkaJSNonRetriableError('x', { cause: connection('ERR_TLS_CERT_ALTNAME_INVALID') }),
      'BrokerCertificateRejected',
    ],
    [
      'a wrong password',
      new KafkaJSSASLAuthenticationError('SASL PLAIN authentication failed'),
      'KafkaAuthenticationFailed',
    ],
    [
      'a client certificate that the broker does not take',
      connection('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'),
      'ClientCertificateRejected',
    ],
    [
      'a client certificate that the broker misses',
      connection('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      'ClientCertificateRejected',
    ],
    ['a missing topic', protocol('UNKNOWN_TOPIC_OR_PARTITION'), 'TopicMissing'],
    [
      'a missing right',
      new KafkaJSNonRetriableError('x', { cause: protocol('TOPIC_AUTHORIZATION_FAILED') }),
      'KafkaAuthorizationFailed',
    ],
    [
      'a missing right among several errors',
      new KafkaJSAggregateError('Topic creation errors', [protocol('TOPIC_AUTHORIZATION_FAILED')]),
      'KafkaAuthorizationFailed',
    ],
    ['anything else', new Error('odd'), 'KafkaError'],
    ['what is no error', 'odd', 'KafkaError'],
  ])('%s', (_name, error, reason) => {
    expect(kafkaFailure(error).reason).toBe(reason);
  });
});

test.each([
  [3, 'TopicMissing'],
  [6, 'KafkaNotReady'],
  [14, 'KafkaNotReady'],
  [19, 'NotEnoughReplicas'],
  [10, 'KafkaError'],
  [29, 'KafkaAuthorizationFailed'],
  [9_999, 'KafkaError'],
])('the error code %d of a broker is classified as %s', (code, reason) => {
  expect(brokerFailure(code).reason).toBe(reason);
});
