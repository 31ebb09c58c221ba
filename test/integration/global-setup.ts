import type { TestProject } from 'vitest/node';
import { startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import { clickHouseDataSchema } from '../harness/clickhouse/clickhouse-data.ts';
import { kafkaClassPath } from '../harness/kafka/java.ts';
import { KAFKA_VERSIONS } from '../harness/kafka/kafka-versions.ts';
import { setting } from '../harness/settings.ts';
import { startKafka } from '../harness/kafka/start-kafka.ts';
import { kafkaDataSchema } from '../harness/kafka/kafka-data.ts';
import type { ClickHouseData } from '../harness/clickhouse/clickhouse-data.ts';
import type { KafkaData } from '../harness/kafka/kafka-data.ts';

declare module 'vitest' {
  interface ProvidedContext {
    kafka: KafkaData;
    clickhouse: ClickHouseData;
  }
}

/**
 * Starts one Kafka broker and one ClickHouse for all integration tests but the operator's, and returns what stops them.
 * Tests keep apart by topics and databases of their own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Before any test runs, as tests have deadlines.
  if (setting('TEST_KAFKA_BOOTSTRAP') === undefined) {
    for (const version of KAFKA_VERSIONS) await kafkaClassPath(version);
  }
  const starts = await Promise.allSettled([startKafka(), startClickHouse()]);
  const stop = async (): Promise<void> => {
    for (const start of starts) if (start.status === 'fulfilled') await start.value.stop();
  };
  const [kafka, clickHouse] = starts;
  if (kafka.status === 'rejected' || clickHouse.status === 'rejected') {
    await stop();
    const failed = starts.find((start) => start.status === 'rejected');
    throw new Error('A part of the test environment did not start.', { cause: failed?.reason });
  }
  project.provide('kafka', kafkaDataSchema.parse(kafka.value));
  project.provide('clickhouse', clickHouseDataSchema.parse(clickHouse.value));
  return stop;
}
