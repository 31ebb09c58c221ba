import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ENGINES } from './clickhouse/engine-versions.ts';
import { type ClickHouseOptions, startClickHouse } from './clickhouse/start-clickhouse.ts';
import { HarnessError } from './harness-error.ts';
import { buildImage } from './image/build-image.ts';
import { DEFAULT_KAFKA_VERSION, KAFKA_VERSIONS } from './kafka/kafka-versions.ts';
import { startKafka } from './kafka/start-kafka.ts';
import type { KafkaHandle, KafkaOptions } from './kafka/start-kafka.ts';
import {
  DEFAULT_KUBERNETES_VERSION,
  KUBERNETES_VERSIONS,
} from './kubernetes/kubernetes-versions.ts';
import { startKubernetes } from './kubernetes/start-kubernetes.ts';
import type { KubernetesOptions } from './kubernetes/start-kubernetes.ts';
import { openRun } from './process/run.ts';
import { untilSignal } from './process/until-signal.ts';
import { chooseVersion } from './versions.ts';

// `npm run harness -- kubernetes|kafka|clickhouse|image`: one part of the test environment in the foreground.

const program = new Command('harness').description(
  'Starts one part of the test environment, says how to reach it, and removes it on Ctrl-C.',
);

program
  .command('kubernetes')
  .description('etcd and kube-apiserver; with --nodes a node that runs pods')
  .option('--nodes', 'also run a node (needs root)', false)
  .option('--port <port>', 'of the API server', parsePort)
  .option(
    '--version <version>',
    versionsIn(KUBERNETES_VERSIONS),
    (asked) => chooseVersion('Kubernetes', KUBERNETES_VERSIONS, asked),
    DEFAULT_KUBERNETES_VERSION,
  )
  .action(async (options: KubernetesOptions) => {
    const kubernetes = await startKubernetes({ ...options, controllerManager: true });
    const { kubeconfigPath, nodeAddress } = kubernetes;
    print(`export KUBECONFIG=${kubeconfigPath}`);
    print(`kubectl: ${kubernetes.kubectlPath}`);
    if (nodeAddress !== undefined) print(`this machine, seen from pods: ${nodeAddress}`);
    await stopOnSignal(kubernetes.stop);
  });

program
  .command('kafka')
  .description('Kafka with a plain listener, a SASL_SSL listener and ACLs')
  .option('--brokers <count>', 'one to three', parseBrokers, 1)
  .option('--port <port>', 'of the plain listener', parsePort)
  .option('--pod-address <address>', 'also listen there, for pods')
  .option(
    '--version <version>',
    versionsIn(KAFKA_VERSIONS),
    (asked) => chooseVersion('Kafka', KAFKA_VERSIONS, asked),
    DEFAULT_KAFKA_VERSION,
  )
  .action(async (options: KafkaOptions) => {
    const kafka = await startKafka(options);
    const files = await openRun('kafka-files');
    await describeKafka(kafka, files.folder);
    await stopOnSignal(async () => {
      await kafka.stop();
      await files.stop();
    });
  });

program
  .command('clickhouse')
  .description('ClickHouse’s engine behind its HTTP interface')
  .option('--port <port>', 'of the HTTP interface', parsePort)
  .option('--pod-address <address>', 'also listen there, for pods')
  .addOption(new Option('--engine <version>', 'of ClickHouse').choices(ENGINES))
  .action(async (options: ClickHouseOptions) => {
    const clickHouse = await startClickHouse(options);
    print(`URL: ${clickHouse.url}`);
    if (clickHouse.podUrl !== undefined) print(`URL for pods: ${clickHouse.podUrl}`);
    print(`user: ${clickHouse.username}`);
    print(`password: ${clickHouse.password}`);
    await stopOnSignal(clickHouse.stop);
  });

program
  .command('image')
  .description('builds the project’s image into a docker archive')
  .action(async () => {
    const image = await buildImage();
    print(`image: ${image.name}`);
    print(`docker archive: ${image.archivePath}`);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof HarnessError)) throw error;
  process.stderr.write(`harness: ${error.message}\n`);
  process.exitCode = 1;
}

async function describeKafka(kafka: KafkaHandle, folder: string): Promise<void> {
  const { username, password } = kafka.plainUser;
  const everything = { name: '*', operations: ['all'] } as const;
  await kafka.grant(
    username,
    { resource: 'topic', ...everything },
    { resource: 'group', ...everything },
    { resource: 'transactional-id', ...everything },
    { resource: 'cluster', name: 'kafka-cluster', operations: ['all'] },
  );
  const caPath = join(folder, 'ca.pem');
  const propertiesPath = join(folder, 'client.properties');
  await writeFile(caPath, kafka.caPem);
  await writeFile(
    propertiesPath,
    [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=PLAIN',
      `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="${username}" password="${password}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${caPath}`,
      '',
    ].join('\n'),
  );
  print(`plain, for administrators: ${kafka.bootstrap}`);
  print(`SASL_SSL: ${kafka.saslBootstrap}`);
  if (kafka.podSaslBootstrap !== undefined) print(`SASL_SSL for pods: ${kafka.podSaslBootstrap}`);
  print(`administrator and password (PLAIN): ${username} ${password}`);
  print(`CA file: ${caPath}`);
  print(`client properties: ${propertiesPath}`);
}

/** Waits for Ctrl-C or SIGTERM, then stops the part. A second signal ends at once; a reaper cleans up then. */
async function stopOnSignal(stop: () => Promise<void>): Promise<void> {
  print('Press Ctrl-C to stop.');
  await untilSignal();
  await stop();
}

function versionsIn(versions: readonly string[]): string {
  return `one of ${versions.join(', ')}, or the first numbers of one`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('must be a port from 1 to 65535.');
}

function parseBrokers(text: string): 1 | 2 | 3 {
  switch (text) {
    case '1':
      return 1;
    case '2':
      return 2;
    case '3':
      return 3;
    default:
      throw new InvalidArgumentError('must be 1, 2 or 3.');
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
