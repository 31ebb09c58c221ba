import { watch } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { CANDIDATE_PREFIX, CREDENTIAL_FILES } from '../contract/credential-files.ts';

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

/** Whether two sets differ in credentials for ClickHouse, or in those for Kafka and its token endpoint. */
export function differFor(server: 'ClickHouse' | 'Kafka', a: Credentials, b: Credentials): boolean {
  const names = CREDENTIALS_OF[server];
  return names.some((name) => a[name] !== b[name]);
}

const CREDENTIALS_OF = {
  ClickHouse: [
    'clickHouseUsername',
    'clickHousePassword',
    'clickHouseCa',
    'clickHouseClientCertificate',
    'clickHouseClientKey',
  ],
  Kafka: [
    'saslUsername',
    'saslPassword',
    'oauthClientId',
    'oauthClientSecret',
    'oauthCa',
    'kafkaCa',
    'kafkaClientCertificate',
    'kafkaClientKey',
  ],
} as const;

/** The current credentials. */
export interface CredentialStore {
  current(): Credentials;
  /** Calls `callback` after each change. The returned function ends the subscription. */
  onChange(callback: () => void): () => void;
}

/** The current credentials, and those that are to be tried. */
export interface CandidateStore extends CredentialStore {
  /** Credentials that no server has accepted yet. Undefined: there are none, or they were accepted. */
  candidate(): Credentials | undefined;
  /** Makes the candidate with this revision the current credentials, if it still is the candidate. */
  accept(revision: number): void;
}

const POLL_MS = 1_000;

/** The kubelet writes a new directory next to the old one, and then points this link to it. */
const KUBELET_LINK = '..data';

/**
 * Reads a credentials directory. It reads it again as soon as the kubelet has pointed the link to a new directory, and every
 * second, until `signal` aborts. When the directory cannot be read later, the last valid credentials stay in use.
 *
 * @throws when the directory cannot be read at the start.
 */
export async function watchCredentials(
  deps: { readonly clock: Clock; readonly logger: Logger },
  directory: string,
  signal: AbortSignal,
): Promise<CandidateStore> {
  const { clock, logger } = deps;
  const listeners = new Set<() => void>();
  let files = await readDirectory(directory);
  let current = files.published;
  /** The revision of the candidate that was accepted last. */
  let accepted: number | undefined;
  const update = (): void => {
    const { candidate, published } = files;
    const next = candidate !== undefined && candidate.revision === accepted ? candidate : published;
    // The same credentials stay the same object, so that connections do not change when accepted credentials are published.
    if (!isSame(next, current)) {
      current = next;
      logger.info({ revision: next.revision }, 'credentials changed');
    }
    for (const listener of listeners) listener();
  };
  const untilSwap = watchSwaps(clock, directory, signal);
  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      await untilSwap();
      try {
        const next = await readDirectory(directory);
        if (isSame(next, files)) continue;
        files = next;
        update();
      } catch (error) {
        logger.warn({ err: error }, 'credentials cannot be read; the last ones stay in use');
      }
    }
  };
  void poll();
  return {
    current: () => current,
    candidate: () => {
      const { candidate } = files;
      return candidate === undefined || isSame(candidate, current) ? undefined : candidate;
    },
    accept: (revision) => {
      if (files.candidate?.revision !== revision) return;
      accepted = revision;
      update();
    },
    onChange: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}

/**
 * Returns a function that waits until the kubelet has pointed its link to another directory since the call before, and at most
 * `POLL_MS`. Where the system cannot watch a directory, it waits that long. It returns at once when `stop` has aborted.
 */
function watchSwaps(clock: Clock, directory: string, stop: AbortSignal): () => Promise<void> {
  let swapped = new AbortController();
  const wake = (): void => {
    swapped.abort();
  };
  stop.addEventListener('abort', wake);
  try {
    const watcher = watch(directory, { signal: stop, persistent: false }, (_event, name) => {
      if (name === KUBELET_LINK) wake();
    });
    watcher.on('error', () => {
      watcher.close();
    });
  } catch {
    // The system allows no more watches.
  }
  return async () => {
    await clock.sleep(POLL_MS, swapped.signal);
    if (!stop.aborted) swapped = new AbortController();
  };
}

interface CredentialsDirectory {
  readonly published: Credentials;
  readonly candidate: Credentials | undefined;
}

/**
 * Reads the credentials in a directory. All files are read from one resolved directory, so that an
 * update by the kubelet in between cannot mix two revisions.
 */
async function readDirectory(directory: string): Promise<CredentialsDirectory> {
  const resolved = await realpath(path.join(directory, KUBELET_LINK)).catch(() =>
    realpath(directory),
  );
  const candidate = await readCredentials(resolved, CANDIDATE_PREFIX);
  return {
    published: await readCredentials(resolved, ''),
    candidate: candidate.revision === undefined ? undefined : candidate,
  };
}

async function readCredentials(directory: string, prefix: string): Promise<Credentials> {
  const files = Object.values(CREDENTIAL_FILES);
  const contents = await Promise.all(
    files.map((file) => readIfThere(path.join(directory, `${prefix}${file}`))),
  );
  return credentialsOf(new Map(files.map((file, index) => [file, contents[index]])));
}

/** The credentials in files by their names, those of `CREDENTIAL_FILES`. */
export function credentialsOf(files: ReadonlyMap<string, string | undefined>): Credentials {
  const of = (name: keyof typeof CREDENTIAL_FILES): string | undefined =>
    files.get(CREDENTIAL_FILES[name]);
  const revision = of('revision');
  return {
    revision: revision === undefined ? undefined : Number.parseInt(revision, 10),
    extraCa: of('extraCa'),
    saslUsername: of('saslUsername'),
    saslPassword: of('saslPassword'),
    oauthClientId: of('oauthClientId'),
    oauthClientSecret: of('oauthClientSecret'),
    oauthCa: of('oauthCa'),
    kafkaCa: of('kafkaCa'),
    kafkaClientCertificate: of('kafkaClientCertificate'),
    kafkaClientKey: of('kafkaClientKey'),
    pushToken: of('pushToken'),
    pushCertificate: of('pushCertificate'),
    pushKey: of('pushKey'),
    pushClientCa: of('pushClientCa'),
    clickHouseUsername: of('clickHouseUsername'),
    clickHousePassword: of('clickHousePassword'),
    clickHouseCa: of('clickHouseCa'),
    clickHouseClientCertificate: of('clickHouseClientCertificate'),
    clickHouseClientKey: of('clickHouseClientKey'),
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

function isSame<T>(a: T, b: T): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
