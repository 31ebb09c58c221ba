import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { CREDENTIAL_FILES } from '../contract/credential-files.ts';

/** All secrets that an exporter uses. Secrets that are not in the directory are absent. */
export interface Credentials {
  readonly revision: number | undefined;
  readonly extraCa: string | undefined;
  readonly saslUsername: string | undefined;
  readonly saslPassword: string | undefined;
  readonly oauthClientId: string | undefined;
  readonly oauthClientSecret: string | undefined;
  readonly oauthCa: string | undefined;
  readonly kafkaCa: string | undefined;
  readonly kafkaClientCertificate: string | undefined;
  readonly kafkaClientKey: string | undefined;
  readonly pushToken: string | undefined;
  readonly pushCertificate: string | undefined;
  readonly pushKey: string | undefined;
  readonly pushClientCa: string | undefined;
  readonly clickHouseUsername: string | undefined;
  readonly clickHousePassword: string | undefined;
  readonly clickHouseCa: string | undefined;
  readonly clickHouseClientCertificate: string | undefined;
  readonly clickHouseClientKey: string | undefined;
}

/** The current credentials. */
export interface CredentialStore {
  current(): Credentials;
  /** Calls `callback` after each change. The returned function ends the subscription. */
  onChange(callback: () => void): () => void;
}

const POLL_MS = 1_000;

/** The kubelet writes a new directory next to the old one, and then points this link to it. */
const KUBELET_LINK = '..data';

/**
 * Reads a credentials directory and checks it again every second until `signal` aborts. When the
 * directory cannot be read later, the last valid credentials stay in use.
 *
 * @throws when the directory cannot be read at the start.
 */
export async function watchCredentials(
  deps: { readonly clock: Clock; readonly logger: Logger },
  directory: string,
  signal: AbortSignal,
): Promise<CredentialStore> {
  const listeners = new Set<() => void>();
  let current = await readCredentials(directory);
  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      await deps.clock.sleep(POLL_MS, signal);
      try {
        const next = await readCredentials(directory);
        if (isSame(next, current)) continue;
        current = next;
        deps.logger.info({ revision: next.revision }, 'credentials changed');
        for (const listener of listeners) listener();
      } catch (error) {
        deps.logger.warn({ err: error }, 'credentials cannot be read; the last ones stay in use');
      }
    }
  };
  void poll();
  return {
    current: () => current,
    onChange: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}

/**
 * Reads the credentials in a directory. All files are read from one resolved directory, so that an
 * update by the kubelet in between cannot mix two revisions.
 */
async function readCredentials(directory: string): Promise<Credentials> {
  const resolved = await realpath(path.join(directory, KUBELET_LINK)).catch(() =>
    realpath(directory),
  );
  const read = (name: keyof typeof CREDENTIAL_FILES): Promise<string | undefined> =>
    readIfThere(path.join(resolved, CREDENTIAL_FILES[name]));
  const revision = await read('revision');
  return {
    revision: revision === undefined ? undefined : Number.parseInt(revision, 10),
    extraCa: await read('extraCa'),
    saslUsername: await read('saslUsername'),
    saslPassword: await read('saslPassword'),
    oauthClientId: await read('oauthClientId'),
    oauthClientSecret: await read('oauthClientSecret'),
    oauthCa: await read('oauthCa'),
    kafkaCa: await read('kafkaCa'),
    kafkaClientCertificate: await read('kafkaClientCertificate'),
    kafkaClientKey: await read('kafkaClientKey'),
    pushToken: await read('pushToken'),
    pushCertificate: await read('pushCertificate'),
    pushKey: await read('pushKey'),
    pushClientCa: await read('pushClientCa'),
    clickHouseUsername: await read('clickHouseUsername'),
    clickHousePassword: await read('clickHousePassword'),
    clickHouseCa: await read('clickHouseCa'),
    clickHouseClientCertificate: await read('clickHouseClientCertificate'),
    clickHouseClientKey: await read('clickHouseClientKey'),
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`the credentials file ${file} cannot be read`, { cause: error });
  }
}

function isSame(a: Credentials, b: Credentials): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
