import { createServer, connect, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { ProblemReason } from '../../../src/exporter/contract/status-report.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createTable, insertRows } from '../../harness/generator/generate.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { createCertificateAuthority } from '../../harness/tls/certificate-authority.ts';
import {
  configFor,
  createPlace,
  type Place,
  readRecords,
  runExporter,
  type RunningExporter,
} from './exporter-under-test.ts';
import { L7, recentRows, startTables } from './parts.ts';

const ROWS = 200;
const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;
let place: Place;
let running: RunningExporter | undefined;

beforeAll(async () => {
  clickHouse = await startTables();
  await insertRows(clickHouse, recentRows({ seed: 1, rows: ROWS }));
});
afterAll(() => clickHouse.stop());

beforeEach(async () => {
  place = await createPlace(kafka, clickHouse);
});
afterEach(async () => {
  await running?.exporter.stop();
  running = undefined;
  await place.remove();
});

const createTopic = () => admin.createTopic(`${place.prefix}${L7}`, 2);

/** Starts the exporter and waits until it says what is wrong, in these words. */
async function expectProblem(reason: ProblemReason, words: string): Promise<void> {
  running ??= await runExporter(place);
  const { problems, delivering } = await running.until((status) =>
    status.problems.some((problem) => problem.reason === reason),
  );
  expect(delivering).toBe(false);
  expect(problems.find((problem) => problem.reason === reason)?.message).toContain(words);
  const ready = await fetch(`http://127.0.0.1:${running.exporter.port}/readyz`);
  const live = await fetch(`http://127.0.0.1:${running.exporter.port}/livez`);
  expect([ready.status, live.status]).toEqual([503, 200]);
}

async function expectEverythingDelivered(): Promise<void> {
  const status = await running?.until(
    ({ delivering, recordsExported }) => delivering && recordsExported >= ROWS,
  );
  expect(status).toMatchObject({ problems: [], recordsExported: ROWS });
}

describe('the exporter stays up, says what is wrong, and goes on once it is put right, with', () => {
  test('a missing topic', async () => {
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    await expectProblem('TopicMissing', `topic ${place.prefix}${L7} does not exist`);
    await createTopic();
    await expectEverythingDelivered();
  });

  test('a missing table', async () => {
    await createTopic();
    const own = await startClickHouse();
    try {
      const parts = { kafka, clickHouse: own };
      const files = await createPlace(kafka, own);
      await admin.createTopic(`${files.prefix}${L7}`, 1);
      await files.writeConfig(
        configFor(files, parts, { clickHouse: { startFrom: '2024-01-01T00:00:00Z' } }),
      );
      running = await runExporter(files);
      await expectProblem('TableMissing', 'flow_log.l7_flow_log does not exist');
      await own.query('CREATE DATABASE flow_log');
      await createTable(own, L7);
      await running.until(({ delivering }) => delivering);
      await running.exporter.stop();
      running = undefined;
      await files.remove();
    } finally {
      await own.stop();
    }
  });

  test('a wrong SASL password', async () => {
    await createTopic();
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    await place.writeCredentials({ revision: '2', saslPassword: 'wrong' });
    await expectProblem('KafkaAuthenticationFailed', 'spec.sasl.credentialsSecretRef');
    await place.writeCredentials({ revision: '3', saslPassword: place.user.password });
    await expectEverythingDelivered();
    expect(await running?.status()).toMatchObject({ credentialsRevision: 3 });
  });

  test('an authority that did not sign the brokers’ certificates', async () => {
    await createTopic();
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    const other = await createCertificateAuthority(place.credentialsDirectory);
    await place.writeCredentials({ revision: '2', kafkaCa: other.caPem });
    await expectProblem('BrokerCertificateRejected', 'spec.tls.caSecretRef');
    await place.writeCredentials({ revision: '3', kafkaCa: kafka.caPem });
    await expectEverythingDelivered();
  });

  test('a broker that cannot be reached', async () => {
    await createTopic();
    const [port = 0] = await freePorts(1);
    await place.writeConfig(
      configFor(place, { kafka, clickHouse }, { kafka: { endpoints: [`127.0.0.1:${port}`] } }),
    );
    await expectProblem('BrokerUnreachable', `127.0.0.1:${port}`);
    const forwarder = await forward(port, kafka.saslBootstrap);
    await expectEverythingDelivered();
    forwarder.close();
  });

  test('a wrong ClickHouse password', async () => {
    await createTopic();
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    await place.writeCredentials({ clickHousePassword: 'wrong' });
    await expectProblem(
      'ClickHouseAuthenticationFailed',
      'spec.source.clickHouse.credentialsSecretRef',
    );
    await place.writeCredentials({ clickHousePassword: clickHouse.password });
    await expectEverythingDelivered();
  });

  test('a ClickHouse that cannot be reached', async () => {
    await createTopic();
    const [port = 0] = await freePorts(1);
    await place.writeConfig(
      configFor(place, { kafka, clickHouse }, { clickHouse: { url: `http://127.0.0.1:${port}` } }),
    );
    await expectProblem('ClickHouseUnreachable', `http://127.0.0.1:${port}`);
    const forwarder = await forward(port, new URL(clickHouse.url).host);
    await expectEverythingDelivered();
    forwarder.close();
  });
});

test('a new password that Kafka refuses stops nothing, and the status says so', async () => {
  await createTopic();
  await place.writeConfig(configFor(place, { kafka, clickHouse }));
  running = await runExporter(place);
  await expectEverythingDelivered();
  await place.writeCredentials({ revision: '2', saslPassword: 'wrong' });
  const status = await running.until(({ renewalProblem }) => renewalProblem !== undefined);
  expect(status).toMatchObject({
    delivering: true,
    problems: [],
    credentialsRevision: 1,
    renewalProblem: { reason: 'KafkaAuthenticationFailed' },
  });
  const ready = await fetch(`http://127.0.0.1:${running.exporter.port}/readyz`);
  expect(ready.status).toBe(200);
  await place.writeCredentials({ revision: '3', saslPassword: place.user.password });
  const after = await running.until(({ credentialsRevision }) => credentialsRevision === 3);
  expect(after.renewalProblem).toBeUndefined();
});

test('one endpoint that answers is enough', async () => {
  await createTopic();
  const ports = await freePorts(2);
  const endpoints = [
    ...ports.map((port) => `127.0.0.1:${port}`),
    ...kafka.saslBootstrap.split(','),
  ];
  await place.writeConfig(configFor(place, { kafka, clickHouse }, { kafka: { endpoints } }));
  running = await runExporter(place);
  await expectEverythingDelivered();
});

describe('a table of another DeepFlow version', () => {
  const EVENTS = 'event.proc_ops_event';
  const start = async (): Promise<RunningExporter> => {
    await admin.createTopic(`${place.prefix}${EVENTS}`, 1);
    await place.writeConfig(
      configFor(place, { kafka, clickHouse }, { other: { dataSources: [EVENTS] } }),
    );
    running = await runExporter(place);
    return running;
  };
  beforeAll(async () => {
    await insertRows(clickHouse, recentRows({ seed: 1, rows: ROWS, dataSource: EVENTS }));
    await clickHouse.query(`ALTER TABLE ${EVENTS} DROP COLUMN app_instance`);
  });

  test('is exported without the columns that it lacks, and they are in the status', async () => {
    const exporter = await start();
    const status = await exporter.until(({ recordsExported }) => recordsExported >= ROWS);
    expect(status).toMatchObject({
      problems: [],
      missingColumns: [{ dataSource: EVENTS, columns: ['app_instance'] }],
    });
    const { values } = await readRecords(place, kafka, { dataSource: EVENTS, count: ROWS });
    expect(values.filter((value) => value.includes('"app_instance"'))).toEqual([]);
    expect(values.every((value) => value.includes('"syscall_thread"'))).toBe(true);
  });

  test('stops no lane with a column of another type, and is exported once that is right', async () => {
    await clickHouse.query(`ALTER TABLE ${EVENTS} MODIFY COLUMN syscall_thread Float64`);
    await start();
    await expectProblem(
      'ClickHouseError',
      `${EVENTS}: column syscall_thread has the Arrow type Float`,
    );
    await clickHouse.query(`ALTER TABLE ${EVENTS} MODIFY COLUMN syscall_thread UInt32`);
    await expectEverythingDelivered();
  });

  test('may get and lose columns while it is exported', async () => {
    const exporter = await start();
    await exporter.until(({ recordsExported }) => recordsExported >= ROWS);
    await clickHouse.query(`ALTER TABLE ${EVENTS} ADD COLUMN app_instance String`);
    await clickHouse.query(`ALTER TABLE ${EVENTS} DROP COLUMN syscall_coroutine`);
    const missing = JSON.stringify([{ dataSource: EVENTS, columns: ['syscall_coroutine'] }]);
    await exporter.until(
      ({ delivering, missingColumns }) => delivering && JSON.stringify(missingColumns) === missing,
    );
  });
});

/** Passes connections to a port on to another, until it is closed. */
async function forward(port: number, target: string): Promise<Server> {
  const [host = '', targetPort = ''] = target.split(':');
  const server = createServer((inside) => {
    const outside = connect(Number(targetPort), host);
    inside.pipe(outside).pipe(inside);
    inside.on('error', () => outside.destroy());
    outside.on('error', () => inside.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return server;
}
