import type { TestProject } from 'vitest/node';
import { startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { clickHouseDataSchema } from '../harness/clickhouse/clickhouse-data.ts';
import { startKafka } from '../harness/kafka/start-kafka.ts';
import { kafkaDataSchema } from '../harness/kafka/kafka-data.ts';
import { startKubernetes } from '../harness/kubernetes/start-kubernetes.ts';
import { kubernetesDataSchema } from '../harness/kubernetes/kubernetes-data.ts';
import type { ClickHouseData } from '../harness/clickhouse/clickhouse-data.ts';
import type { KafkaData } from '../harness/kafka/kafka-data.ts';
import type { KubernetesData } from '../harness/kubernetes/kubernetes-data.ts';

declare module 'vitest' {
  interface ProvidedContext {
    kafka: KafkaData;
    clickhouse: ClickHouseData;
    kubernetes: KubernetesData;
  }
}

/**
 * Starts one Kafka broker, one ClickHouse and one Kubernetes control plane (no node) for all integration tests, and
 * returns what stops them. Tests keep apart by topics, databases and namespaces of their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starts = await Promise.allSettled([
    startKafka(),
    startClickHouse(),
    startKubernetes({ controllerManager: true }),
  ]);
  const stop = async (): Promise<void> => {
    for (const start of starts) if (start.status === 'fulfilled') await start.value.stop();
  };
  const [kafka, clickHouse, kubernetes] = starts;
  if (
    kafka.status === 'rejected' ||
    clickHouse.status === 'rejected' ||
    kubernetes.status === 'rejected'
  ) {
    await stop();
    const failed = starts.find((start) => start.status === 'rejected');
    throw new Error('A part of the test environment did not start.', { cause: failed?.reason });
  }
  project.provide('kafka', kafkaDataSchema.parse(kafka.value));
  project.provide('clickhouse', clickHouseDataSchema.parse(clickHouse.value));
  project.provide('kubernetes', kubernetesDataSchema.parse(kubernetes.value));
  return stop;
}
