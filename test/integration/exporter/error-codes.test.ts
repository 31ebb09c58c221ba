import { expect, test } from 'vitest';
import { errorOfCode, KAFKA_ERRORS } from '../../../src/exporter/kafka/errors/error-codes.ts';
import { runKafkaTool } from '../../harness/kafka/java.ts';
import { DEFAULT_KAFKA_VERSION, KAFKA_VERSIONS } from '../../harness/kafka/kafka-versions.ts';
import type { KafkaVersion } from '../../harness/kafka/kafka-versions.ts';

interface Row {
  readonly name: string;
  readonly code: number;
  readonly isRetriable: boolean;
}

/** The table of Kafka's own code, which its class prints for the documentation. */
async function errorsOf(version: KafkaVersion): Promise<readonly Row[]> {
  const html = await runKafkaTool('org.apache.kafka.common.protocol.Errors', [], { version });
  const row = /<td>(\w+)<\/td>\s*<td>(-?\d+)<\/td>\s*<td>(True|False)<\/td>/g;
  return [...html.matchAll(row)].map(([, name = '', code, isRetriable]) => ({
    name,
    code: Number(code),
    isRetriable: isRetriable === 'True',
  }));
}

const PASSING = ['retry', 'refresh', 'wait'];

test.each(KAFKA_VERSIONS)('the table has every error of Kafka %s by its name', async (version) => {
  const errors = await errorsOf(version);
  expect(errors.length).toBeGreaterThan(100);
  expect(errors.map(({ code }) => errorOfCode(code)?.name)).toEqual(errors.map(({ name }) => name));
});

test('the table has no error that Kafka does not have', async () => {
  const errors = await errorsOf(DEFAULT_KAFKA_VERSION);
  expect(KAFKA_ERRORS.map(({ code }) => code).toSorted()).toEqual(
    errors.map(({ code }) => code).toSorted(),
  );
});

test('a request is sent again after every error that Kafka calls retriable', async () => {
  const errors = await errorsOf(DEFAULT_KAFKA_VERSION);
  const final = errors.filter(
    ({ code, isRetriable }) => isRetriable && !PASSING.includes(errorOfCode(code)?.class ?? ''),
  );
  expect(final).toEqual([]);
});
