import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../process/free-ports.ts';
import { openRun } from '../process/run.ts';
import type { Run } from '../process/run.ts';
import { HarnessError } from '../harness-error.ts';
import { withProgress } from '../progress.ts';
import { setting } from '../settings.ts';
import { clickHouseFrom } from './clickhouse-access.ts';
import type { ClickHouseAccess } from './clickhouse-access.ts';
import type { ClickHouseData } from './clickhouse-data.ts';
import {
  chdbFolder,
  ENGINE_VERSIONS,
  ENGINES,
  type EngineVersion,
  isEngineVersion,
  NEWEST_ENGINE,
} from './engine-versions.ts';
import type { ServerSettings } from './server-settings.ts';

export interface ClickHouseOptions {
  /** An address of this machine that pods reach; the server listens there too. */
  readonly podAddress?: string;
  /** The port on 127.0.0.1; a random free one by default. */
  readonly port?: number;
  /** Of ClickHouse; the one of TEST_CLICKHOUSE_ENGINE by default, and without it the newest. */
  readonly engine?: EngineVersion;
  /** Of the user `harness`; a random one by default. */
  readonly password?: string;
}

export interface ClickHouseHandle extends ClickHouseData, ClickHouseAccess {
  /** The server's process; undefined: it is not the harness's own. */
  readonly processId?: number;
  readonly stop: () => Promise<void>;
}

const startMs = 60_000;

/**
 * Starts ClickHouse's engine behind its HTTP interface and returns when it answers. With TEST_CLICKHOUSE_URL set
 * (credentials in the URL), nothing is started and the handle is one onto that server.
 */
export async function startClickHouse(options: ClickHouseOptions = {}): Promise<ClickHouseHandle> {
  const own = setting('TEST_CLICKHOUSE_URL');
  if (own !== undefined) {
    const data = ownClickHouse(own);
    return { ...data, ...clickHouseFrom(data), stop: () => Promise.resolve() };
  }
  const engine = options.engine ?? chosenEngine();
  const { pypi } = ENGINE_VERSIONS[engine];
  const library = pypi === undefined ? undefined : await chdbFolder(pypi);
  const run = await openRun('clickhouse');
  try {
    return await withProgress(`starting ClickHouse ${engine}`, () => start(run, options, library));
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** The engine of TEST_CLICKHOUSE_ENGINE, and without it the newest. */
function chosenEngine(): EngineVersion {
  const name = setting('TEST_CLICKHOUSE_ENGINE') ?? NEWEST_ENGINE;
  if (isEngineVersion(name)) return name;
  throw new HarnessError(
    `TEST_CLICKHOUSE_ENGINE must be one of ${ENGINES.join(', ')}, not ${name}.`,
  );
}

async function start(
  run: Run,
  options: ClickHouseOptions,
  library: string | undefined,
): Promise<ClickHouseHandle> {
  const { podAddress } = options;
  const [freePort] = await freePorts(1, podAddress);
  const port = options.port ?? freePort;
  if (port === undefined) throw new Error('One port was asked for.');
  const workFolder = join(run.folder, 'work');
  await mkdir(workFolder);
  const password = options.password ?? randomBytes(9).toString('base64url');
  const settings: ServerSettings = {
    dataFolder: join(run.folder, 'data'),
    workFolder,
    ...(library !== undefined && { libraryFolder: library }),
    addresses: ['127.0.0.1', ...(podAddress === undefined ? [] : [podAddress])],
    port,
    username: 'harness',
    password,
  };
  const settingsPath = join(run.folder, 'server.json');
  await writeFile(settingsPath, JSON.stringify(settings), { mode: 0o600 });
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const server = await run.start({
    name: 'clickhouse',
    command: process.execPath,
    args: [script, settingsPath],
  });
  const url = `http://127.0.0.1:${port}`;
  await server.waitUntil(async () => (await fetch(`${url}/ping`)).ok, startMs);
  const data: ClickHouseData = {
    url,
    ...(podAddress !== undefined && { podUrl: `http://${podAddress}:${port}` }),
    username: settings.username,
    password,
  };
  return { ...data, ...clickHouseFrom(data), processId: server.pid, stop: run.stop };
}

function ownClickHouse(text: string): ClickHouseData {
  const url = new URL(text);
  const username = url.username === '' ? 'default' : decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return { url: url.origin, podUrl: url.origin, username, password };
}
