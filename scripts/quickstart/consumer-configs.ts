import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaConfig } from 'kafkajs';
import type { ReaderLogin } from './prepare-kafka.ts';

/** The configuration of a consumer in this process. */
export function kafkaConfigOf({ bootstrap, caPem, username, password }: ReaderLogin): KafkaConfig {
  return {
    clientId: 'quickstart',
    brokers: bootstrap.split(','),
    ssl: caPem === '' ? true : { ca: caPem },
    sasl: { mechanism: 'scram-sha-512', username, password },
  };
}

/** A configuration file for kcat and other clients that use librdkafka. */
export interface KcatConfig {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/**
 * Writes a configuration file that only this user can read, so that no command line has the password.
 *
 * @see https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
 */
export async function writeKcatConfig(login: ReaderLogin): Promise<KcatConfig> {
  const { bootstrap, caPem, password, username } = login;
  const folder = await mkdtemp(join(tmpdir(), 'deepflow-quickstart-'));
  const path = join(folder, 'kcat.conf');
  const authority = join(folder, 'ca.crt');
  if (caPem !== '') await writeFile(authority, caPem);
  const lines = [
    `bootstrap.servers=${bootstrap}`,
    'security.protocol=SASL_SSL',
    'sasl.mechanism=SCRAM-SHA-512',
    `sasl.username=${username}`,
    `sasl.password=${password}`,
    ...(caPem === '' ? [] : [`ssl.ca.location=${authority}`]),
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { path, remove: () => rm(folder, { recursive: true }) };
}
