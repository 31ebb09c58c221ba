import { type KafkaExporter, kafkaExporter } from '../../src/operator/api/kafka-exporter.ts';

/** The smallest valid spec. */
const MINIMAL_SPEC = {
  dataSources: ['flow_log.l7_flow_log'],
  source: { clickHouse: { url: 'http://clickhouse:8123' } },
  endpoints: ['broker:9092'],
};

/** A SASL section that refers to Secret `kafka`. */
export const SASL = { mechanism: 'PLAIN', credentialsSecretRef: { name: 'kafka' } };

/** A resource `observability/l7` with the smallest valid spec and these changes. */
export function sampleResource(
  spec: Readonly<Record<string, unknown>> = {},
  name = 'l7',
): KafkaExporter {
  return kafkaExporter.parse({
    metadata: { name, namespace: 'observability', uid: 'uid-1', generation: 3 },
    spec: { ...MINIMAL_SPEC, ...spec },
  });
}
