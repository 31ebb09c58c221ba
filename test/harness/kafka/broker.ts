import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManagedProcess } from '../process/managed-process.ts';
import type { Run } from '../process/run.ts';
import { canConnect } from './can-connect.ts';
import { javaArguments, kafkaClassPath, runKafkaTool } from './java.ts';
import { serverProperties } from './server-properties.ts';
import type { BrokerSettings } from './server-properties.ts';

export interface Broker {
  readonly nodeId: number;
  /** While it runs. */
  processId(): number | undefined;
  isRunning(): boolean;
  /** Resolves when the broker takes connections. Its data and ports are those it had before. */
  start(): Promise<void>;
  /** Ends it in order: it hands its partitions over first. */
  stop(): Promise<void>;
  /** Ends it at once, as a lost machine would. */
  kill(): Promise<void>;
}

const startMs = 120_000;
const heap = '512m';

/** Prepares one broker, which does not run yet; with KRaft, formats its storage. */
export async function createBroker(
  run: Run,
  settings: BrokerSettings,
  clusterId: string,
): Promise<Broker> {
  const path = join(settings.folder, 'server.properties');
  await mkdir(settings.folder, { recursive: true });
  await writeFile(path, serverProperties(settings));
  const { version, cluster } = settings;
  if (cluster.kind === 'KRaft') {
    // An id may begin with a dash, which would be taken for an option.
    const format = ['format', `--cluster-id=${clusterId}`, '-c', path];
    await runKafkaTool('kafka.tools.StorageTool', format, { version });
  }
  const classPath = await kafkaClassPath(version);
  let current: ManagedProcess | undefined;
  return {
    nodeId: settings.nodeId,
    processId: () => (current?.isRunning() === true ? current.pid : undefined),
    isRunning: () => current?.isRunning() ?? false,
    start: async () => {
      current = await run.start({
        name: `kafka-${settings.nodeId}`,
        command: 'java',
        args: [
          // Kafka fetches keys from no URL that it was not told to trust.
          `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${settings.tokenKeysUrl ?? ''}`,
          ...javaArguments(classPath, { heap, level: 'INFO' }),
          'kafka.Kafka',
          path,
        ],
      });
      // It opens its listeners once it is registered with the controller and has caught up.
      await current.waitUntil(() => canConnect(settings.ports.plaintext), startMs);
    },
    stop: async () => current?.stop(),
    kill: async () => current?.kill(),
  };
}
