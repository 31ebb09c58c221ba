import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import { expect, inject, onTestFinished, test } from 'vitest';
import { runCommand } from '../harness/commands/run-command.ts';
import { kafkaFrom } from '../harness/kafka/kafka-admin.ts';
import { writeKafkaScripts } from '../harness/kafka/kafka-scripts.ts';

const TOPIC = 'deepflow.flow_log.l7_flow_log';
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);

test('the command of docs/how-to.md makes Kafka keep the records of a back-fill', async () => {
  const page = await readFile(new URL('../../docs/how-to.md', import.meta.url), 'utf8');
  const [command = ''] = /kafka-configs\.sh .+/.exec(page) ?? [];
  const topic = `how-to.${TOPIC}`;
  await admin.createTopic(topic, 1);
  const directory = await mkdtemp(path.join(tmpdir(), 'how-to-'));
  onTestFinished(async () => {
    await admin.withAdmin((client) => client.deleteTopics({ topics: [topic] }));
    await rm(directory, { recursive: true });
  });
  await writeKafkaScripts(directory);
  const { adminPropertiesPath } = kafka;
  const properties =
    adminPropertiesPath === undefined ? '' : await readFile(adminPropertiesPath, 'utf8');
  await writeFile(path.join(directory, 'admin.properties'), properties);
  const local = command.replace('broker1.example.com:9093', kafka.bootstrap).replace(TOPIC, topic);
  const PATH = `${directory}:${process.env['PATH'] ?? ''}`;
  await runCommand('bash', ['-c', local], { cwd: directory, env: { PATH } });
  const name = 'message.timestamp.type';
  const { resources } = await admin.withAdmin((client) =>
    client.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }],
    }),
  );
  expect(resources[0]?.configEntries).toMatchObject([
    { configName: name, configValue: 'LogAppendTime' },
  ]);
});
