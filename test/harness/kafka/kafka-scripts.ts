import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { javaArguments, kafkaClassPath } from './java.ts';

/** The classes that Kafka's own scripts start. */
const TOOLS = {
  'kafka-acls.sh': 'org.apache.kafka.tools.AclCommand',
  'kafka-configs.sh': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer.sh': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-topics.sh': 'org.apache.kafka.tools.TopicCommand',
};

/** Writes Kafka's scripts into a directory, as a distribution of Kafka has them in `bin`. Each runs for two seconds or so. */
export async function writeKafkaScripts(directory: string): Promise<void> {
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const java = javaArguments(await kafkaClassPath(), { heap: '256m', level: 'ERROR' });
  for (const [name, mainClass] of Object.entries(TOOLS)) {
    const words = ['java', ...quick, ...java, mainClass].map((word) => `'${word}'`).join(' ');
    await writeFile(join(directory, name), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  }
}
