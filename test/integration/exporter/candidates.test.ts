import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  CANDIDATE_PREFIX,
  CREDENTIAL_FILES,
} from '../../../src/exporter/contract/credential-files.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { type KafkaAcl, kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { configFor, type Place, type RunningExporter, runExporter } from './exporter-under-test.ts';
import { newPlace, recentRows, startIn, startTables } from './parts.ts';

const ROWS = 100;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 6, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

type Contents = Readonly<Partial<Record<keyof typeof CREDENTIAL_FILES, string>>>;

/** Writes candidate credentials: the complete set, as the operator does. */
async function offer(place: Place, revision: number, change: Contents): Promise<void> {
  const contents: Contents = {
    saslUsername: place.user.username,
    saslPassword: place.user.password,
    kafkaCa: kafka.caPem,
    clickHouseUsername: clickHouse.username,
    clickHousePassword: clickHouse.password,
    ...change,
    revision: String(revision),
  };
  for (const [name, file] of Object.entries(CREDENTIAL_FILES).reverse()) {
    const content = Object.entries(contents).find(([key]) => key === name)?.[1];
    if (content === undefined) continue;
    await writeFile(path.join(place.credentialsDirectory, `${CANDIDATE_PREFIX}${file}`), content);
  }
}

/** Another user, with these rights. */
async function newUser(...rights: KafkaAcl[]): Promise<Contents> {
  const name = `candidate-${randomUUID().slice(0, 8)}`;
  await admin.setScramUser(name, 'word');
  if (rights.length > 0) await admin.grant(name, ...rights);
  return { saslUsername: name, saslPassword: 'word' };
}

async function startDelivering(): Promise<{ place: Place; running: RunningExporter }> {
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
  const running = await startIn(
    onTestFinished,
    place,
    configFor(
      place,
      { kafka, clickHouse },
      { other: { delivery: { guarantee: 'ExactlyOnce', shards: 2 } } },
    ),
  );
  await running.until(({ delivering, recordsExported }) => delivering && recordsExported >= ROWS);
  return { place, running };
}

async function refusal(running: RunningExporter, revision: number): Promise<string> {
  const status = await running.until(
    ({ candidate }) => candidate?.revision === revision && candidate.problem !== undefined,
  );
  expect(status).toMatchObject({ delivering: true, problems: [], credentialsRevision: 1 });
  return `${status.candidate?.problem?.reason ?? ''}: ${status.candidate?.problem?.message ?? ''}`;
}

describe('candidate credentials', () => {
  test('that all servers accept are used, and the report has their revision', async () => {
    const { place, running } = await startDelivering();
    await offer(place, 2, await newUser(...Object.values(place.rights)));
    const { candidate } = await running.until(
      ({ credentialsRevision }) => credentialsRevision === 2,
    );
    expect(candidate).toBeUndefined();
  });

  test('that Kafka refuses change nothing, and a pod that starts anew delivers with the former ones', async () => {
    const { place, running } = await startDelivering();
    await offer(place, 2, { saslPassword: 'wrong' });
    expect(await refusal(running, 2)).toMatch(
      /^KafkaAuthenticationFailed: .*refused the user name or password/,
    );
    await running.exporter.stop();
    const again = await runExporter(place);
    onTestFinished(() => again.exporter.stop());
    await again.until(
      ({ delivering, credentialsRevision }) => delivering && credentialsRevision === 1,
    );
    expect(await refusal(again, 2)).toMatch(/^KafkaAuthenticationFailed/);
  });

  test('that ClickHouse refuses change nothing', async () => {
    const { place, running } = await startDelivering();
    await offer(place, 2, { clickHousePassword: 'wrong' });
    expect(await refusal(running, 2)).toMatch(/^ClickHouseAuthenticationFailed: /);
  });

  test.each(['records', 'checkpoints', 'transactions', 'group'] as const)(
    'whose user lacks the right for %s are refused with the command that grants it, and accepted after it',
    async (missing) => {
      const { place, running } = await startDelivering();
      const rights = Object.entries(place.rights);
      const candidate = await newUser(
        ...rights.filter(([name]) => name !== missing).map(([, right]) => right),
      );
      await offer(place, 2, candidate);
      expect(await refusal(running, 2)).toMatch(/^KafkaAuthorizationFailed: .*kafka-acls\.sh/);
      await admin.grant(candidate.saslUsername ?? '', place.rights[missing]);
      await running.until(({ credentialsRevision }) => credentialsRevision === 2);
    },
  );

  test('are used by a pod that starts after the former ones became invalid', async () => {
    const { place, running } = await startDelivering();
    await running.exporter.stop();
    const candidate = await newUser(...Object.values(place.rights));
    await offer(place, 2, candidate);
    await place.writeCredentials({ saslPassword: 'no longer valid' });
    const again = await runExporter(place);
    onTestFinished(() => again.exporter.stop());
    await again.until(
      ({ delivering, credentialsRevision }) => delivering && credentialsRevision === 2,
    );
  });
});
