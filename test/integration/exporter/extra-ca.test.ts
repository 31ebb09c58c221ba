import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
} from '../../harness/tls/certificate-authority.ts';
import { type ClickHouseDoor, openDoor } from './clickhouse-door.ts';
import { startCommand } from './exporter-command.ts';
import { configFor } from './exporter-under-test.ts';
import { newPlace, startTables } from './parts.ts';

const kafka = inject('kafka');
let clickHouse: ClickHouseHandle;
let folder: string;
let first: CertificateAuthority;
let second: CertificateAuthority;

beforeAll(async () => {
  clickHouse = await startTables();
  folder = await mkdtemp(path.join(tmpdir(), 'extra-ca-'));
  first = await createCertificateAuthority(await mkdtemp(path.join(folder, 'first')));
  second = await createCertificateAuthority(await mkdtemp(path.join(folder, 'second')));
});
afterAll(async () => {
  await clickHouse.stop();
  await rm(folder, { recursive: true });
});

type Pair = Readonly<Record<'cert' | 'key', string>>;

async function issuedBy(authority: CertificateAuthority): Promise<Pair> {
  const names = { name: 'clickhouse', addresses: ['127.0.0.1'], hostNames: [] };
  const { certificatePath, keyPath } = await authority.issue(names);
  return {
    cert: await readFile(certificatePath, 'utf8'),
    key: await readFile(keyPath, 'utf8'),
  };
}

async function doorOf(authority: CertificateAuthority): Promise<ClickHouseDoor> {
  const door = await openDoor(clickHouse, { tls: await issuedBy(authority) });
  onTestFinished(() => door.close());
  return door;
}

test('extra CA certificates are trusted by connections without their own, and rotate without a restart', async () => {
  const door = await doorOf(first);
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 1 });
  const reading = { url: door.url };
  await place.writeConfig(configFor(place, { kafka, clickHouse }, { clickHouse: reading }));
  const exporter = await startCommand(onTestFinished, place);
  const isRejected = (reasons: readonly { readonly reason: string }[]): boolean =>
    reasons.some(({ reason }) => reason === 'ClickHouseCertificateRejected');
  await exporter.until(({ problems }) => isRejected(problems));

  await place.writeCredentials({ revision: '2', extraCa: first.caPem });
  const trusted = await exporter.until(({ delivering }) => delivering);
  expect(trusted.problems).toEqual([]);
  await exporter.until(({ credentialsRevision }) => credentialsRevision === 2);

  door.setTls(await issuedBy(second));
  await exporter.until(({ problems }) => isRejected(problems));
  await place.writeCredentials({ revision: '3', extraCa: `${first.caPem}${second.caPem}` });
  await exporter.until(({ delivering }) => delivering);
});

test('a connection with CA certificates of its own does not trust the extra ones', async () => {
  const door = await doorOf(second);
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 1 });
  const tls = { privateCa: true, clientCertificate: false, insecureSkipVerify: false };
  const reading = { url: door.url, tls };
  await place.writeConfig(configFor(place, { kafka, clickHouse }, { clickHouse: reading }));
  await place.writeCredentials({ clickHouseCa: first.caPem, extraCa: second.caPem });
  const exporter = await startCommand(onTestFinished, place);
  await exporter.until(({ problems }) =>
    problems.some(({ reason }) => reason === 'ClickHouseCertificateRejected'),
  );
});
