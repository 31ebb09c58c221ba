import { unreachable } from '../../../lib/assert.ts';
import { parseBroker } from '../../contract/addresses.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { FoundProblem } from '../../contract/status-report.ts';
import { isOfTopic } from './kafka-error.ts';
import { errorWords } from './error-words.ts';
import type { KafkaFailure } from './kafka-failure.ts';

/** Longer than an election of a leader takes, or the start of a coordinator. */
const PATIENCE_MS = 30_000;

/** The problem to report for a failure. The message names the object and the remedy. */
export function kafkaProblem(
  failure: KafkaFailure,
  config: ExporterConfig['kafka'],
  topic?: string,
): FoundProblem {
  const { reason, detail, said } = failure;
  const answer = said === undefined ? detail : `${detail}: ${said}`;
  const message = `${sentence(failure, config, topic)} (${answer})`;
  return {
    reason,
    message,
    ...(reason === 'KafkaNotReady' ? { patienceMs: PATIENCE_MS } : {}),
    ...(isOfTopic(failure) && topic !== config.checkpointTopic ? { isOfOne: true } : {}),
  };
}

function sentence(failure: KafkaFailure, config: ExporterConfig['kafka'], topic?: string): string {
  const { oauthBearer } = config.sasl ?? {};
  const endpoint =
    oauthBearer !== undefined && 'tokenEndpoint' in oauthBearer ? oauthBearer.tokenEndpoint : '';
  const bootstrap = config.endpoints.join(',');
  switch (failure.reason) {
    case 'BrokerUnreachable':
      if (isAdvertised(failure, config)) {
        return `Kafka at ${bootstrap} tells its clients to connect to ${failure.broker ?? ''}, which cannot be reached from the exporter's pods: correct advertised.listeners of the brokers, or make DNS and the network lead there`;
      }
      return `no Kafka broker could be reached at ${bootstrap}: check spec.endpoints and the network, and that the security protocol of the listener matches spec.tls and spec.sasl`;
    case 'BrokerCertificateRejected':
      return `the TLS certificate of a broker at ${bootstrap} is not trusted: put the certificate of the CA that signed it into the Secret of spec.tls.caSecretRef, or the ConfigMap of caConfigMapRef, and set spec.tls.serverName if the certificate is for another name`;
    case 'BrokerWithoutTls':
      return `the port at ${failure.broker ?? bootstrap} does not seem to speak TLS: name the port of a listener with TLS in spec.endpoints, or turn TLS off: spec.sasl.securityProtocol: SASL_PLAINTEXT, or without SASL no spec.tls`;
    case 'ClientCertificateRejected':
      return `the brokers at ${bootstrap} refused the TLS client certificate: put a certificate that the brokers trust, and its key, into the Secret of spec.tls.clientCertificateSecretRef`;
    case 'TokenEndpointUnreachable':
      return `the token endpoint ${endpoint} gave no token: check spec.sasl.oauthBearer.tokenEndpoint, the network, a proxy in spec.podTemplate.env and, with https, the CA in the Secret of spec.sasl.oauthBearer.caSecretRef or the ConfigMap of caConfigMapRef`;
    case 'TokenRefused':
      return `the token endpoint ${endpoint} refused to issue a token: correct the client id and secret in the Secret of spec.sasl.oauthBearer.credentialsSecretRef, or scope, audience and clientAuthentication in spec.sasl.oauthBearer`;
    case 'CredentialsUnreadable':
      return 'the service-account token of the pod cannot be read: check the volume of the token with kubectl describe pod';
    case 'KafkaAuthenticationFailed':
      if (oauthBearer !== undefined && 'tokenFile' in oauthBearer) {
        return `the brokers at ${bootstrap} refused the service-account token of the pod: set spec.sasl.oauthBearer.serviceAccountToken.audience to the audience that the brokers expect (sasl.oauthbearer.expected.audience), and let them check tokens with the keys of this Kubernetes cluster (sasl.oauthbearer.jwks.endpoint.url)`;
      }
      if (oauthBearer !== undefined) {
        return `the brokers at ${bootstrap} refused the token of ${endpoint}: correct spec.sasl.oauthBearer or the configuration of the brokers, so that issuer, audience, scope, extensions and keys match`;
      }
      return `the brokers at ${bootstrap} refused the user name or password (SASL ${config.sasl?.mechanism ?? 'off'}): correct the Secret of spec.sasl.credentialsSecretRef, or spec.sasl.mechanism`;
    case 'KafkaAuthorizationFailed':
      if (failure.detail === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED') {
        return `the Kafka user may not use the transactional ids ${config.checkpointTopic}.*: grant access, for example with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME --operation Describe --operation Write --transactional-id ${config.checkpointTopic} --resource-pattern-type prefixed, or set spec.delivery.guarantee to AtLeastOnce`;
      }
      if (failure.detail === 'GROUP_AUTHORIZATION_FAILED') {
        return `the Kafka user may not use the consumer group ${config.checkpointTopic}, in which an exporter's pods share its work: grant access, for example with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME --operation Read --group ${config.checkpointTopic}`;
      }
      return `the Kafka user may not use topic ${topic ?? ''}: grant access, for example with kafka-acls.sh --bootstrap-server ${bootstrap} --add --allow-principal User:NAME ${operations(config, topic)} --topic ${topic ?? ''}`;
    case 'TopicMissing':
      return `topic ${topic ?? ''} does not exist, or the Kafka user may not describe it: create the topic, for example with kafka-topics.sh --bootstrap-server ${bootstrap} --create --topic ${topic ?? ''} --partitions 12`;
    case 'TopicRefused':
      return `${brokerSentence(failure, bootstrap, topic)}, or create the topic yourself with as many partitions as spec.delivery.shards: kafka-topics.sh --bootstrap-server ${bootstrap} --create --topic ${topic ?? ''} --partitions 16 --config cleanup.policy=compact`;
    case 'TopicNotCompacted':
      return `Kafka deletes the exporter's progress from topic ${topic ?? ''} after some time, and rows would then be skipped or sent twice: let Kafka compact the topic, with kafka-configs.sh --bootstrap-server ${bootstrap} --alter --entity-type topics --entity-name ${topic ?? ''} --add-config cleanup.policy=compact`;
    case 'KafkaNotReady':
    case 'NotEnoughReplicas':
    case 'ProducerFenced':
    case 'KafkaError':
      return brokerSentence(failure, bootstrap, topic);
    default:
      return unreachable(failure.reason);
  }
}

/** True when the broker is not one of spec.endpoints: its address comes from Kafka. */
function isAdvertised({ broker }: KafkaFailure, { endpoints }: ExporterConfig['kafka']): boolean {
  if (broker === undefined) return false;
  return endpoints.map(parseBroker).every(({ host, port }) => broker !== `${host}:${port}`);
}

/** What a broker has answered, and what to do. */
function brokerSentence({ detail }: KafkaFailure, bootstrap: string, topic?: string): string {
  const words = errorWords(detail);
  const where =
    topic === undefined ? `Kafka at ${bootstrap}` : `Kafka at ${bootstrap}, topic ${topic}`;
  return words === undefined
    ? `${where}: a request failed: check the logs of the brokers`
    : `${where}: ${words.meaning}: ${words.remedy}`;
}

function operations(config: ExporterConfig['kafka'], topic: string | undefined): string {
  const needed =
    topic === config.checkpointTopic
      ? ['Create', 'Describe', 'DescribeConfigs', 'Read', 'Write']
      : ['Describe', 'Write'];
  return needed.map((operation) => `--operation ${operation}`).join(' ');
}
