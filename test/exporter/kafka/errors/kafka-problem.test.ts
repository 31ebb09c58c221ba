import { expect, test } from 'vitest';
import { kafkaProblem } from '../../../../src/exporter/kafka/errors/kafka-problem.ts';
import { exporterConfig } from '../../exporter-config.ts';

const { kafka } = exporterConfig({ kafka: { sasl: { mechanism: 'SCRAM-SHA-512' } } });

test.each([
  ['BrokerUnreachable', 'x', ['broker:9092', 'spec.endpoints']],
  ['BrokerCertificateRejected', 'x', ['spec.tls.caSecretRef']],
  ['ClientCertificateRejected', 'x', ['spec.tls.clientCertificateSecretRef']],
  ['KafkaAuthenticationFailed', 'x', ['SCRAM-SHA-512', 'spec.sasl.credentialsSecretRef']],
  ['KafkaAuthorizationFailed', 'x', ['kafka-acls.sh', '--topic records', '--operation Write']],
  [
    'KafkaAuthorizationFailed',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    ['--transactional-id deepflow-export.observability.l7.checkpoints', 'AtLeastOnce'],
  ],
  ['TopicMissing', 'x', ['topic records does not exist', 'kafka-topics.sh']],
  ['KafkaError', 'MESSAGE_TOO_LARGE', ['max.message.bytes', 'spec.producer.maxRequestBytes']],
  ['KafkaError', 'odd', ['odd']],
] as const)('%s (%s) names the object and the remedy', (reason, detail, words) => {
  const problem = kafkaProblem({ reason, detail }, kafka, 'records');
  expect(problem.reason).toBe(reason);
  for (const word of words) expect(problem.message).toContain(word);
});

const OAUTH = exporterConfig({
  kafka: {
    sasl: {
      mechanism: 'OAUTHBEARER',
      oauthBearer: { tokenEndpoint: 'https://issuer/token', privateCa: true },
    },
  },
}).kafka;

test.each([
  ['TokenEndpointUnreachable', ['https://issuer/token', 'spec.sasl.oauthBearer.caSecretRef']],
  ['TokenRefused', ['https://issuer/token', 'spec.sasl.oauthBearer.credentialsSecretRef']],
  ['KafkaAuthenticationFailed', ['https://issuer/token', 'spec.sasl.oauthBearer']],
] as const)('with tokens, %s names the endpoint and the remedy', (reason, words) => {
  const { message } = kafkaProblem({ reason, detail: 'x' }, OAUTH);
  for (const word of words) expect(message).toContain(word);
});

test('the checkpoint topic needs its own rights', () => {
  const failure = { reason: 'KafkaAuthorizationFailed', detail: 'x' } as const;
  expect(kafkaProblem(failure, kafka, kafka.checkpointTopic).message).toContain(
    '--operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write',
  );
});
