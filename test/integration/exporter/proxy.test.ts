import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { requestToken } from '../../../src/exporter/kafka/session/oauth/request-token.ts';
import { noCredentials } from '../../exporter/no-credentials.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { startTokenEndpoint } from '../../harness/oauth/token-endpoint.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { createCertificateAuthority } from '../../harness/tls/certificate-authority.ts';
import { type ClickHouseDoor, openDoor } from './clickhouse-door.ts';
import { type ConnectProxy, startConnectProxy } from '../../lib/connect-proxy.ts';
import { configFor, runExporter, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, newPlace, recentRows, startTables } from './parts.ts';

const ROWS = 500;
const LOGIN = 'exporter:hidden';

const kafka = inject('kafka');
let clickHouse: ClickHouseHandle;
let folder: string;
let caPem: string;
/** ClickHouse over https:// and http://. */
let secure: ClickHouseDoor;
let plain: ClickHouseDoor;

beforeAll(async () => {
  clickHouse = await startTables();
  folder = await mkdtemp(path.join(tmpdir(), 'proxy-'));
  const authority = await createCertificateAuthority(folder);
  ({ caPem } = authority);
  const names = { name: 'clickhouse', addresses: ['127.0.0.1'], hostNames: ['localhost'] };
  const { certificatePath, keyPath } = await authority.issue(names);
  secure = await openDoor(clickHouse, {
    tls: { cert: await readFile(certificatePath), key: await readFile(keyPath) },
  });
  plain = await openDoor(clickHouse);
  await insertRows(clickHouse, recentRows({ seed: 41, rows: ROWS }));
});
afterAll(async () => {
  await secure.close();
  await plain.close();
  await clickHouse.stop();
  await rm(folder, { recursive: true });
});

async function proxyWith(login?: string): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(login);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** An exporter with these variables, and how its records compare with the rows once all are there. */
async function start(
  url: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly running: RunningExporter; compare(): ReturnType<typeof compareWithTable> }> {
  const parts = { kafka, clickHouse };
  const place = await newPlace(onTestFinished, parts, { partitions: 2 });
  await place.writeCredentials({ clickHouseCa: caPem });
  const isSecure = url.startsWith('https:');
  const tls = { privateCa: true, clientCertificate: false, insecureSkipVerify: false };
  const reading = { url, ...(isSecure ? { tls } : {}) };
  await place.writeConfig(configFor(place, parts, { clickHouse: reading }));
  const running = await runExporter(place, environment);
  onTestFinished(() => running.exporter.stop());
  return { running, compare: () => compareWithTable(place, parts, ROWS) };
}

const of = (port: number): string => `127.0.0.1:${port}`;

describe('ClickHouse is read', () => {
  test('over https:// in tunnels of the proxy, which may want a login', async () => {
    const proxy = await proxyWith(LOGIN);
    const started = await start(secure.url, { HTTPS_PROXY: proxy.url });
    expect(await started.compare()).toEqual(eachOnce(ROWS));
    // Kafka is reached over TLS as well, and never through the proxy.
    expect(new Set(proxy.tunnels)).toEqual(new Set([of(secure.port)]));
  });

  test('over http:// by requests to the proxy', async () => {
    const proxy = await proxyWith();
    const started = await start(plain.url, { http_proxy: proxy.url });
    expect(await started.compare()).toEqual(eachOnce(ROWS));
    expect(new Set(proxy.fetched)).toEqual(new Set([plain.url]));
  });

  test.each(['localhost,127.0.0.1', '127.0.0.0/8', '*'])(
    'without the proxy where NO_PROXY names its host: %s',
    async (list) => {
      const proxy = await proxyWith();
      const { running } = await start(secure.url, { HTTPS_PROXY: proxy.url, NO_PROXY: list });
      await running.until(({ delivering }) => delivering);
      expect(proxy.tunnels).toEqual([]);
    },
  );
});

describe('the problem names the proxy and what to do, and no password, if', () => {
  test('nothing answers at its address', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://${LOGIN}@127.0.0.1:${port}`;
    const { running } = await start(secure.url, { HTTPS_PROXY: url });
    await expectProblem(running, 'ECONNREFUSED');
  });

  test('it refuses the login', async () => {
    const proxy = await proxyWith('another:login');
    const { running } = await start(secure.url, {
      HTTPS_PROXY: `http://${LOGIN}@127.0.0.1:${proxy.port}`,
    });
    await expectProblem(running, '407 Proxy Authentication Required');
  });
});

async function expectProblem(running: RunningExporter, words: string): Promise<void> {
  const { problems } = await running.until((status) => status.problems.length > 0);
  const [problem] = problems;
  expect(problem?.reason).toBe('ClickHouseUnreachable');
  expect(problem?.message).toContain(
    'is not reached through the proxy: correct HTTPS_PROXY in spec.podTemplate.env, or name the host in NO_PROXY',
  );
  expect(problem?.message).toContain(words);
  expect(problem?.message).not.toContain('hidden');
}

test('a variable that is no address of a proxy ends the start, without its value', async () => {
  await expect(start(secure.url, { HTTPS_PROXY: 'hidden:3128' })).rejects.toThrow(
    /^the variable HTTPS_PROXY must be the URL of a proxy, http:\/\/HOST:PORT$/,
  );
});

describe('a token endpoint', () => {
  const client = { id: 'client', secret: 's' };
  const credentials = { ...noCredentials, oauthClientId: client.id, oauthClientSecret: 's' };

  test('is asked through the proxy', async () => {
    const endpoint = await startTokenEndpoint(client);
    onTestFinished(() => endpoint.stop());
    const proxy = await proxyWith();
    const options = { tokenEndpoint: endpoint.url, privateCa: false };
    const token = await requestToken(options, credentials, { HTTP_PROXY: proxy.url });
    expect(token.value).not.toBe('');
    expect(proxy.fetched).toEqual([new URL(endpoint.url).origin]);
    await requestToken(options, credentials, { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
    expect(proxy.fetched).toHaveLength(1);
  });

  test('behind a proxy that does not answer is a problem that names the proxy', async () => {
    const options = { tokenEndpoint: 'https://issuer.invalid/token', privateCa: false };
    const proxy = await proxyWith('another:login');
    const asked = requestToken(options, credentials, {
      HTTPS_PROXY: proxy.url.replace(/\/\/.*@/, '//'),
    });
    await expect(asked).rejects.toMatchObject({
      failure: {
        reason: 'TokenEndpointUnreachable',
        detail: expect.stringContaining('407 Proxy Authentication Required') as string,
      },
    });
  });
});
