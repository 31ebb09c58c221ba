import { unreachable } from '../../../lib/assert.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { Problem } from '../../contract/status-report.ts';
import type { KafkaFailure } from './kafka-failure.ts';

/** A failure in words that name the thing and the remedy. */
export function kafkaProblem(
  failure: KafkaFailure,
  config: ExporterConfig['kafka'],
  topic?: string,
): Omit<Problem, 'since'> {
  const { reason, detail } = failure;
  return { reason, message: `${sentence(failure, config, topic)} (${detail})` };
}

function sentence(failure: KafkaFailure, config: ExporterConfig['kafka'], topic?: string): string {
  const bootstrap = config.endpoints.join(',');
  switch (failure.reason) {
    case 'BrokerUnreachable':
      return `no Kafka broker could be reached at ${bootstrap}: check spec.endpoints, the network and that the listener's security protocol is the configured one`;
    case 'BrokerCertificateRejected':
      return `the TLS certificate of a broker at ${bootstrap} is not trusted: put the authority that signed it into the Secret of spec.tls.caSecretRef, and set spec.tls.serverName when the certificate carries another name`;
    case 'ClientCertificateRejected':
      return `the brokers at ${bootstrap} refused the TLS client certificate: put one that they trust, and its key, into the Secret of spec.tls.clientCertificateSecretRef`;
    case 'TokenEndpointUnreachable':
      return `no token could be had from ${config.sasl?.oauthBearer?.tokenEndpoint ?? ''}: check spec.sasl.oauthBearer.tokenEndpoint, the network and, with https, the authority in the Secret of spec.sasl.oauthBearer.caSecretRef`;
    case 'TokenRefused':
      return `${config.sasl?.oauthBearer?.tokenEndpoint ?? ''} refused a token: correct client id and secret in the Secret of spec.sasl.oauthBearer.credentialsSecretRef, or scope and audience`;
    case 'KafkaAuthenticationFailed':
      if (config.sasl?.oauthBearer !== undefined) {
        return `the brokers at ${bootstrap} refused the token of ${config.sasl.oauthBearer.tokenEndpoint}: issuer, audience, scope and keys must be those that the brokers expect; correct spec.sasl.oauthBearer or the brokers`;
      }
      return `the brokers at ${bootstrap} refused the user name or password (SASL ${config.sasl?.mechanism ?? 'off'}): correct the Secret of spec.sasl.credentialsSecretRef, or spec.sasl.mechanism`;
    case 'KafkaAuthorizationFailed':
      if (failure.detail === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED') {
        return `the Kafka user may not use the transactional ids ${config.checkpointTopic}.*: grant it, for example with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME --operation Describe --operation Write --transactional-id ${config.checkpointTopic} --resource-pattern-type prefixed, or set spec.delivery.guarantee to AtLeastOnce`;
      }
      if (failure.detail === 'GROUP_AUTHORIZATION_FAILED') {
        return `the Kafka user may not use the consumer group ${config.checkpointTopic}, in which an exporter's pods share its work: grant it, for example with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME --operation Read --group ${config.checkpointTopic}`;
      }
      return `the Kafka user may not use topic ${topic ?? ''}: grant it, for example with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME ${operations(config, topic)} --topic ${topic ?? ''}`;
    case 'TopicMissing':
      return `topic ${topic ?? ''} does not exist, or the Kafka user may not see it: create it, for example with kafka-topics.sh --bootstrap-server ${bootstrap} --create --topic ${topic ?? ''} --partitions 12`;
    case 'KafkaError':
      return failure.detail.includes('TOO_LARGE')
        ? `topic ${topic ?? ''} does not take a batch of this size: raise its max.message.bytes, or lower spec.producer.maxRequestBytes`
        : `Kafka at ${bootstrap} answered with an error`;
    default:
      return unreachable(failure.reason);
  }
}

function operations(config: ExporterConfig['kafka'], topic: string | undefined): string {
  const needed =
    topic === config.checkpointTopic
      ? ['Create', 'Describe', 'Read', 'Write']
      : ['Describe', 'Write'];
  return needed.map((operation) => `--operation ${operation}`).join(' ');
}
