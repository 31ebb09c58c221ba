import { stat } from 'node:fs/promises';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeKcatConfig } from '../../scripts/quickstart/consumer-configs.ts';
import { prepareKafka, topicName } from '../../scripts/quickstart/prepare-kafka.ts';
import { requireDebianPackages } from '../harness/commands/debian-packages.ts';
import { runCommand } from '../harness/commands/run-command.ts';
import { type KafkaHandle, startKafka } from '../harness/kafka/start-kafka.ts';

// Debian's librdkafka cannot log in with SCRAM at Kafka 4.
let kafka: KafkaHandle;

beforeAll(async () => {
  await requireDebianPackages([{ name: 'kcat', provides: 'kcat' }], 'install kcat.');
  kafka = await startKafka({ version: '3.9.1' });
});
afterAll(() => kafka.stop());

test('kcat reads records with what the quickstart prints, with and without a login', async () => {
  const { reader } = await prepareKafka(kafka, 'checkpoints', () => undefined);
  const topic = topicName('flow_log.l7_flow_log');
  const producer = new kafkajs.Kafka({ brokers: kafka.bootstrap.split(',') }).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: '{"a":1}' }] });
  await producer.disconnect();
  const config = await writeKcatConfig(reader);
  expect((await stat(config.path)).mode & 0o777).toBe(0o600);
  const lastFive = ['-C', '-t', topic, '-o', '-5', '-e'];
  expect(await runCommand('kcat', ['-F', config.path, ...lastFive])).toBe('{"a":1}\n');
  expect(await runCommand('kcat', ['-b', kafka.bootstrap, ...lastFive])).toBe('{"a":1}\n');
  await config.remove();
});
