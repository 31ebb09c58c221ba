import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../process/free-ports.ts';
import type { Run } from '../process/run.ts';
import { canConnect } from './can-connect.ts';
import { javaArguments, kafkaClassPath } from './java.ts';
import type { KafkaVersion } from './kafka-versions.ts';

const startMs = 60_000;

/** Starts the ZooKeeper that comes with a Kafka and returns its port, once it takes connections. */
export async function startZooKeeper(run: Run, version: KafkaVersion): Promise<number> {
  const [port = 0] = await freePorts(1);
  const folder = join(run.folder, 'zookeeper');
  await mkdir(folder);
  const path = join(folder, 'zoo.cfg');
  const properties = {
    dataDir: join(folder, 'data'),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': false,
    maxClientCnxns: 0,
  };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${String(value)}\n`);
  await writeFile(path, lines.join(''));
  const zooKeeper = await run.start({
    name: 'zookeeper',
    command: 'java',
    args: [
      ...javaArguments(await kafkaClassPath(version), { heap: '128m', level: 'INFO' }),
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      path,
    ],
  });
  await zooKeeper.waitUntil(() => canConnect(port), startMs);
  return port;
}
