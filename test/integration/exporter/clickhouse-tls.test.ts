import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { ReadingConfig } from '../../../src/exporter/contract/exporter-config.ts';
import {
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
} from '../../harness/tls/certificate-authority.ts';
import { createClickHouseAddresses } from '../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import { clickHouseFailure } from '../../../src/exporter/source/clickhouse/errors/clickhouse-error.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { untilDone } from '../../lib/until.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { type ClickHouseDoor, openDoor } from './clickhouse-door.ts';
import { configFor, type Place, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, startIn, startTables } from './parts.ts';

const STREAM = { dataSource: L7, seed: 9, rowsPerSecond: 200, lateShare: 0, lateSecondsMax: 0 };
const TLS = { privateCa: true, clientCertificate: false, insecureSkipVerify: false };
const OPENSSL = 'openssl';
type Tls = NonNullable<ReadingConfig['clickHouse']['tls']>;

const kafka = inject('kafka');
let clickHouse: ClickHouseHandle;
let folder: string;
/** Sign what both sides trust, one after the other. */
let first: CertificateAuthority;
let second: CertificateAuthority;

beforeAll(async () => {
  clickHouse = await startTables();
  folder = await mkdtemp(path.join(tmpdir(), 'clickhouse-tls-'));
  first = await authority('first');
  second = await authority('second');
});
afterAll(async () => {
  await clickHouse.stop();
  await rm(folder, { recursive: true });
});

const authority = async (name: string): Promise<CertificateAuthority> =>
  createCertificateAuthority(await mkdtemp(path.join(folder, name)));

interface Pair {
  readonly cert: string;
  readonly key: string;
}

const LOCAL = { addresses: ['127.0.0.1'], hostNames: ['localhost'] };

async function issued(
  by: CertificateAuthority,
  request: Partial<CertificateRequest> = {},
): Promise<Pair> {
  const found = await by.issue({ name: 'clickhouse', ...LOCAL, ...request });
  return {
    cert: await readFile(found.certificatePath, 'utf8'),
    key: await readFile(found.keyPath, 'utf8'),
  };
}

async function doorWith(tls: ServerOptions, mutual = false): Promise<ClickHouseDoor> {
  const door = await openDoor(clickHouse, { tls, mutual });
  onTestFinished(() => door.close());
  return door;
}

interface Started {
  readonly place: Place;
  readonly running: RunningExporter;
}

/** An exporter that reads ClickHouse through a door. */
async function start(
  door: ClickHouseDoor,
  tls: Tls | undefined,
  credentials: Parameters<Place['writeCredentials']>[0] = {},
): Promise<Started> {
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
  await place.writeCredentials(credentials);
  const startFrom = new Date(Date.now() - 2_000).toISOString();
  const times = { settleSeconds: 3, startFrom };
  const reading = { ...times, url: door.url, ...(tls === undefined ? {} : { tls }) };
  const config = configFor(place, { kafka, clickHouse }, { clickHouse: reading });
  return { place, running: await startIn(onTestFinished, place, config) };
}

const isFine = ({ delivering }: { readonly delivering: boolean }): boolean => delivering;

async function expectProblem({ running }: Started, reason: string, words: string): Promise<void> {
  const { problems } = await running.until((status) =>
    status.problems.some((problem) => problem.reason === reason),
  );
  expect(problems.find((problem) => problem.reason === reason)?.message).toContain(words);
}

describe('ClickHouse over TLS', () => {
  test('is read when its authority is the one that is given', async () => {
    const door = await doorWith(await issued(first));
    const started = await start(door, TLS, { clickHouseCa: first.caPem });
    await started.running.until(isFine);
  });

  test('is not read without its authority, until that is there', async () => {
    const door = await doorWith(await issued(first));
    const started = await start(door, TLS, { clickHouseCa: second.caPem });
    await expectProblem(started, 'ClickHouseCertificateRejected', 'clickHouse.tls.caSecretRef');
    await started.place.writeCredentials({ revision: '2', clickHouseCa: first.caPem });
    await started.running.until(isFine);
    await started.running.until(({ credentialsRevision }) => credentialsRevision === 2);
  });

  test('is checked against the system’s authorities where nothing is said', async () => {
    const door = await doorWith(await issued(first));
    const started = await start(door, undefined);
    await expectProblem(started, 'ClickHouseCertificateRejected', 'is not trusted');
  });

  test.each<readonly [string, Partial<CertificateRequest>, string]>([
    ['has expired', { days: -1 }, 'has expired'],
    ['carries another name', { addresses: [], hostNames: ['other'] }, 'tls.serverName'],
  ])('is not read when its certificate %s', async (_what, request, words) => {
    const door = await doorWith(await issued(first, request));
    const started = await start(door, TLS, { clickHouseCa: first.caPem });
    await expectProblem(started, 'ClickHouseCertificateRejected', words);
  });

  test('is read by the name that is expected of its certificate', async () => {
    const request = { addresses: [], hostNames: ['clickhouse.internal'] };
    const door = await doorWith(await issued(first, request));
    const tls = { ...TLS, serverName: 'clickhouse.internal' };
    const started = await start(door, tls, { clickHouseCa: first.caPem });
    await started.running.until(isFine);
  });

  test('is read whatever it shows where certificates are not checked', async () => {
    const door = await doorWith(await issued(first, { days: -1 }));
    const started = await start(door, { ...TLS, privateCa: false, insecureSkipVerify: true });
    await started.running.until(isFine);
  });

  test('is told as one that wants a client certificate, and read with one', async () => {
    const door = await doorWith({ ...(await issued(first)), ca: second.caPem }, true);
    const ca = { clickHouseCa: first.caPem };
    const without = await start(door, TLS, ca);
    const words = 'clickHouse.tls.clientCertificateSecretRef';
    await expectProblem(without, 'ClickHouseClientCertificateRejected', words);
    const stranger = await issued(first, { name: 'stranger' });
    const client = await issued(second, { name: 'exporter' });
    const started = await start(
      door,
      { ...TLS, clientCertificate: true },
      { ...ca, clickHouseClientCertificate: stranger.cert, clickHouseClientKey: stranger.key },
    );
    await expectProblem(started, 'ClickHouseClientCertificateRejected', words);
    await started.place.writeCredentials({
      clickHouseClientCertificate: client.cert,
      clickHouseClientKey: client.key,
    });
    await started.running.until(isFine);
    expect(door.clients).toContain('exporter');
  });
});

describe('a server of OpenSSL, as ClickHouse is one,', () => {
  test.each(['tls1_2', 'tls1_3'])(
    'that wants a client certificate says so over %s',
    async (version) => {
      const [port = 0] = await freePorts(1);
      const { certificatePath, keyPath } = await first.issue({ name: 'openssl', ...LOCAL });
      const certificates = ['-cert', certificatePath, '-key', keyPath, '-CAfile', second.caPath];
      const wants = ['-Verify', '1', '-verify_return_error', `-${version}`, '-quiet'];
      const accept = ['-accept', `127.0.0.1:${port}`];
      const server = spawn(OPENSSL, ['s_server', ...accept, ...certificates, ...wants], {
        stdio: 'ignore',
      });
      onTestFinished(() => {
        server.kill('SIGKILL');
      });
      await untilDone('a server', async () => {
        const socket = connect({ port, host: '127.0.0.1' });
        await once(socket, 'connect');
        socket.destroy();
      });
      const addresses = createClickHouseAddresses(
        { clock: systemClock, random: Math.random },
        {
          url: `https://127.0.0.1:${port}`,
          replicaUrls: [],
          authenticated: false,
          tls: TLS,
          requestTimeoutMs: 60_000,
        },
        () => ({ clickHouseCa: first.caPem }),
      );
      const asked = addresses.ask((queries) => queries.command({ query: 'SELECT 1 FORMAT Null' }));
      const error: unknown = await asked.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const failure = clickHouseFailure(error instanceof Error ? error.cause : error);
      expect(failure).toMatchObject({ kind: 'client-certificate' });
    },
  );
});

test('authorities and client certificates rotate without a restart, and every row comes once', async () => {
  const both = `${first.caPem}${second.caPem}`;
  const server = await issued(first);
  const door = await doorWith({ ...server, ca: first.caPem }, true);
  const before = await issued(first, { name: 'client-1' });
  const tls = { ...TLS, clientCertificate: true };
  const started = await start(door, tls, {
    clickHouseCa: first.caPem,
    clickHouseClientCertificate: before.cert,
    clickHouseClientKey: before.key,
  });
  const { place, running } = started;
  const rows = startRowStream(clickHouse, STREAM);
  const revision = (wanted: number) => running.until((s) => s.credentialsRevision === wanted);
  await running.until(isFine);
  await revision(1);

  // A certificate of a stranger is not taken, and the one in use goes on.
  const after = await issued(second, { name: 'client-2' });
  const next = { clickHouseClientCertificate: after.cert, clickHouseClientKey: after.key };
  await place.writeCredentials({ revision: '2', clickHouseCa: both, ...next });
  const refused = await running.until(({ renewalProblem }) => renewalProblem !== undefined);
  expect(refused).toMatchObject({
    problems: [],
    credentialsRevision: 1,
    renewalProblem: { reason: 'ClickHouseClientCertificateRejected' },
  });

  door.setTls({ ...server, ca: both });
  await revision(2);
  door.setTls({ ...(await issued(second)), ca: second.caPem });
  const sent = (await running.status()).recordsExported;
  await running.until(({ recordsExported }) => recordsExported > sent + STREAM.rowsPerSecond);
  await place.writeCredentials({ revision: '3', clickHouseCa: second.caPem });
  await revision(3);
  expect(door.clients.at(-1)).toBe('client-2');

  const written = await rows.stop();
  expect(await compareWithTable(place, { kafka, clickHouse }, written)).toEqual(eachOnce(written));
});
