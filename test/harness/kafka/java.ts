import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry } from '../cache/cache-entry.ts';
import { requireCommand } from '../commands/require-command.ts';
import { runCommand } from '../commands/run-command.ts';
import { DEFAULT_KAFKA_VERSION } from './kafka-versions.ts';
import type { KafkaVersion } from './kafka-versions.ts';

const jarsFolder = fileURLToPath(new URL('jars', import.meta.url));
const remedy =
  'Install Maven and a Java 17 runtime (apt-get install maven openjdk-17-jre-headless), or set TEST_KAFKA_BOOTSTRAP to use a Kafka of your own.';

/** The class path of Kafka and its tools, fetched by Maven into the cache when they are not there yet. */
export async function kafkaClassPath(
  version: KafkaVersion = DEFAULT_KAFKA_VERSION,
): Promise<string> {
  await requireCommand('java', remedy);
  const folder = await cacheEntry(
    { name: 'kafka-jars', version, title: `fetching Kafka ${version}` },
    async (target) => {
      await requireCommand('mvn', remedy);
      const pom = ['--file', join(jarsFolder, 'pom.xml'), `-Dkafka.version=${version}`];
      const output = [`-DoutputDirectory=${target}`, '-DincludeScope=runtime'];
      await runCommand('mvn', [
        ...pom,
        '--quiet',
        '--batch-mode',
        'dependency:copy-dependencies',
        ...output,
      ]);
    },
  );
  return join(folder, '*');
}

/** The arguments of `java` that run a main class of Kafka; `heap` as in `512m`, `level` is log4j's. */
export function javaArguments(classPath: string, jvm: { heap: string; level: string }): string[] {
  return [
    `-Xmx${jvm.heap}`,
    `-Dlog4j2.configurationFile=${join(jarsFolder, 'log4j2.xml')}`,
    `-Dharness.log.level=${jvm.level}`,
    '-cp',
    classPath,
  ];
}

/**
 * Runs one of the command-line tools of a Kafka by its class, with this on its standard input, and returns what it
 * prints. Takes one to three seconds.
 */
export async function runKafkaTool(
  mainClass: string,
  args: readonly string[],
  { stdin = '', version }: { readonly stdin?: string; readonly version?: KafkaVersion } = {},
): Promise<string> {
  // A tool lives for a second: the quick compiler and the small collector halve that.
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  const java = javaArguments(await kafkaClassPath(version), { heap: '256m', level: 'ERROR' });
  return runCommand('java', [...quick, ...java, mainClass, ...args], { stdin });
}
