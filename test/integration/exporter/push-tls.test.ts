import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { pushConfig } from '../../exporter/exporter-config.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../harness/tls/certificate-authority.ts';
import { configFor, createPlace, type Place, runExporter } from './exporter-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const kafka = inject('kafka');
const clickHouse = inject('clickhouse');
const folders: string[] = [];
let ours: CertificateAuthority;
let strangers: CertificateAuthority;

beforeAll(async () => {
  [ours, strangers] = [await createAuthority(), await createAuthority()];
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function createAuthority(): Promise<CertificateAuthority> {
  const folder = await mkdtemp(path.join(tmpdir(), 'push-tls-'));
  folders.push(folder);
  return createCertificateAuthority(folder);
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

async function issue(authority: CertificateAuthority, name: string): Promise<Certificate> {
  const files = await authority.issue({ name, addresses: ['127.0.0.1'], hostNames: [name] });
  return {
    cert: await readFile(files.certificatePath, 'utf8'),
    key: await readFile(files.keyPath, 'utf8'),
  };
}

interface Client {
  readonly ca: string;
  readonly certificate?: Certificate | undefined;
  readonly agent?: Agent;
}

/** Pushes one line; the answer's status, or why there was no connection. */
async function push(port: number, { ca, certificate, agent }: Client): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpsRequest({
      ...{ host: '127.0.0.1', port, path: `/v1/records/${L7}`, method: 'POST', ca },
      ...certificate,
      agent: agent ?? false,
    });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    request.on('error', (error) => {
      resolve('code' in error ? String(error.code) : error.message);
    });
    request.end('{"time":1700000000}');
  });
}

async function startPushing(clientCertificates: boolean): Promise<{
  readonly place: Place;
  readonly port: number;
  readonly revision: (wanted: number) => Promise<void>;
}> {
  const place = await createPlace(kafka, clickHouse);
  await kafkaFrom(kafka).createTopic(`${place.prefix}${L7}`, 1);
  const { cert, key } = await issue(ours, 'server');
  await place.writeCredentials({ pushCertificate: cert, pushKey: key, pushClientCa: ours.caPem });
  const config = configFor(place, { kafka, clickHouse });
  await place.writeConfig(pushConfig(config, { tls: { clientCertificates } }));
  const running = await runExporter(place);
  onTestFinished(async () => {
    await running.exporter.stop();
    await place.remove();
  });
  await running.until(({ delivering }) => delivering);
  const revision = async (wanted: number): Promise<void> => {
    await running.until(({ credentialsRevision }) => credentialsRevision === wanted);
  };
  return { place, port: running.exporter.pushPort ?? 0, revision };
}

test('a push over TLS sees the certificate as it is now, without a restart', async () => {
  const { place, port, revision } = await startPushing(false);
  expect(await push(port, { ca: ours.caPem })).toBe(200);
  const { cert, key } = await issue(strangers, 'server');
  await place.writeCredentials({ pushCertificate: cert, pushKey: key, revision: '2' });
  await revision(2);
  expect(await push(port, { ca: ours.caPem })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  expect(await push(port, { ca: strangers.caPem })).toBe(200);
});

test('a certificate that is none leaves the one before in use', async () => {
  const { place, port, revision } = await startPushing(false);
  await place.writeCredentials({ pushCertificate: 'nonsense', revision: '2' });
  await revision(2);
  expect(await push(port, { ca: ours.caPem })).toBe(200);
});

test('clients show a certificate of the authorities as they are now, also on open connections', async () => {
  const { place, port, revision } = await startPushing(true);
  const ca = ours.caPem;
  const [good, foreign] = [await issue(ours, 'client'), await issue(strangers, 'client')];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
  });
  expect(await push(port, { ca })).toBe(403);
  expect(await push(port, { ca, certificate: foreign })).toBe(403);
  expect(await push(port, { ca, certificate: good, agent })).toBe(200);
  await place.writeCredentials({ pushClientCa: strangers.caPem, revision: '2' });
  await revision(2);
  expect(await push(port, { ca, certificate: good, agent })).toBe(403);
  expect(await push(port, { ca, certificate: good })).toBe(403);
  expect(await push(port, { ca, certificate: foreign })).toBe(200);
});
