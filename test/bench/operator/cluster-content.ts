const PARALLEL = 24;

type Content = Readonly<Record<string, unknown>>;

/** Creates this number of objects, 24 at a time. */
export async function createAll(
  count: number,
  create: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await create(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

/** A Secret with a login, and with an annotation of this size. */
export function loginSecret(name: string, annotationBytes: number): Content {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, annotations: { 'bench/applied': 'x'.repeat(annotationBytes) } },
    stringData: { username: 'u', password: 'p' },
  };
}

/** A usual resource with topics of its own, which refers to a Secret. */
export function exporterResource(name: string, secretName: string): Content {
  return {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name },
    spec: {
      dataSources: ['flow_log.l7_flow_log', 'flow_log.l4_flow_log'],
      source: { clickHouse: { url: 'http://clickhouse:8123' } },
      endpoints: ['kafka-0:9092', 'kafka-1:9092', 'kafka-2:9092'],
      topic: `${name}.{dataSource}`,
      sasl: { mechanism: 'SCRAM-SHA-512', credentialsSecretRef: { name: secretName } },
      tls: {},
    },
  };
}
