import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import { startKafka } from '../../harness/kafka/start-kafka.ts';
import { compareRecords } from '../../harness/oracle/compare-records.ts';
import { expectedRecords } from '../../harness/oracle/expected-records.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import {
  configFor,
  createPlace,
  type Place,
  readRecords,
  runExporter,
  statusOf,
  untilStatus,
} from './exporter-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const COMMAND = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const STREAM = {
  dataSource: L7,
  seed: 3,
  rowsPerSecond: 400,
  lateShare: 0.1,
  lateSecondsMax: 2,
} as const;
/** Longer than the rows of the stream are late. */
const SETTLE_SECONDS = 4;

const kafka = inject('kafka');
const admin = kafkaFrom(kafka);
let clickHouse: ClickHouseHandle;
let place: Place;
let child: ChildProcess | undefined;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
});
afterAll(() => clickHouse.stop());
beforeEach(async () => {
  await clickHouse.query('TRUNCATE TABLE flow_log.l7_flow_log');
  place = await createPlace(kafka, clickHouse);
  await admin.createTopic(`${place.prefix}${L7}`, 4);
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await place.remove();
});

const streaming = () => ({
  clickHouse: {
    settleSeconds: SETTLE_SECONDS,
    startFrom: new Date(Date.now() - 5_000).toISOString(),
  },
});

/** Starts the command as a user does; its output is collected. */
function startCommand(port: number): {
  readonly process: ChildProcess;
  readonly output: () => string;
} {
  let output = '';
  const args = [
    'exporter',
    '--config',
    place.configPath,
    '--credentials',
    place.credentialsDirectory,
  ];
  const started = spawn(process.execPath, [
    COMMAND,
    ...args,
    '--port',
    String(port),
    '--log-level',
    'debug',
  ]);
  started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  started.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child = started;
  return { process: started, output: () => output };
}

const ended = (process: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    process.once('exit', (code) => {
      resolve(code);
    });
  });

async function comparison(from: Place, expected: number, brokers = kafka) {
  const reader = await readRecords(from, brokers, L7);
  await reader.waitUntil(() => new Set(reader.values.map(String)).size >= expected, 30_000);
  await reader.stop();
  return compareRecords(await expectedRecords(clickHouse, L7), reader.values);
}

const COMPLETE = { missing: [], missingCount: 0, foreign: [], foreignCount: 0 };

describe('no record is missing', () => {
  test('when the process is killed in the middle of a stream', async () => {
    await place.writeConfig(configFor(place, { kafka, clickHouse }, streaming()));
    const [port = 0] = await freePorts(1);
    const rows = startRowStream(clickHouse, STREAM);
    const first = startCommand(port);
    await untilStatus(
      () => statusOf(port),
      ({ recordsExported }) => recordsExported > 400,
    );
    first.process.kill('SIGKILL');
    await ended(first.process);
    const second = startCommand(port);
    await untilStatus(
      () => statusOf(port),
      ({ recordsExported }) => recordsExported > 800,
    );
    const written = await rows.stop();
    const compared = await comparison(place, written);
    expect(compared).toMatchObject({ ...COMPLETE, expected: written });
    process.stderr.write(
      `records that came twice after SIGKILL: ${compared.repeated} of ${written}\n`,
    );
    second.process.kill('SIGTERM');
    expect(await ended(second.process)).toBe(0);
  });

  test('and none is repeated when the process is told to stop and started again', async () => {
    await place.writeConfig(configFor(place, { kafka, clickHouse }, streaming()));
    const [port = 0] = await freePorts(1);
    const rows = startRowStream(clickHouse, STREAM);
    const first = startCommand(port);
    await untilStatus(
      () => statusOf(port),
      ({ recordsExported }) => recordsExported > 400,
    );
    first.process.kill('SIGTERM');
    expect(await ended(first.process)).toBe(0);
    startCommand(port);
    await untilStatus(
      () => statusOf(port),
      ({ recordsExported }) => recordsExported > 800,
    );
    const written = await rows.stop();
    expect(await comparison(place, written)).toMatchObject({
      ...COMPLETE,
      found: written,
      repeated: 0,
    });
  });

  test('and none is repeated when the password changes in Kafka and then in the files', async () => {
    await place.writeConfig(configFor(place, { kafka, clickHouse }, streaming()));
    const running = await runExporter(place);
    const rows = startRowStream(clickHouse, STREAM);
    await running.until(({ recordsExported }) => recordsExported > 200);
    await admin.setScramUser(place.user.username, 'second secret');
    await place.writeCredentials({ revision: '2', saslPassword: 'second secret' });
    await running.until(({ credentialsRevision }) => credentialsRevision === 2);
    const { recordsExported } = await running.status();
    await running.until((status) => status.recordsExported > recordsExported + 200);
    const written = await rows.stop();
    expect(await comparison(place, written)).toMatchObject({
      ...COMPLETE,
      found: written,
      repeated: 0,
    });
    await running.exporter.stop();
  });

  test('when the broker restarts in the middle of a stream', async () => {
    const own = await startKafka();
    try {
      const files = await createPlace(own, clickHouse);
      await own.createTopic(`${files.prefix}${L7}`, 2);
      await files.writeConfig(configFor(files, { kafka: own, clickHouse }, streaming()));
      const running = await runExporter(files);
      const rows = startRowStream(clickHouse, STREAM);
      await running.until(({ recordsExported }) => recordsExported > 200);
      await own.brokers[0]?.kill();
      await running.until(({ problems }) =>
        problems.some(({ reason }) => reason === 'BrokerUnreachable'),
      );
      await own.brokers[0]?.start();
      const { recordsExported } = await running.until(({ delivering }) => delivering);
      await running.until((status) => status.recordsExported > recordsExported + 200);
      const written = await rows.stop();
      expect(await comparison(files, written, own)).toMatchObject({
        ...COMPLETE,
        expected: written,
      });
      await running.exporter.stop();
      await files.remove();
    } finally {
      await own.stop();
    }
  });
});

describe('a secret', () => {
  test('never shows in logs, status or metrics, even when it is refused', async () => {
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    await place.writeCredentials({
      saslPassword: 'wrong-0dd-secret',
      clickHousePassword: 'wrong-0dd-secret',
    });
    const [port = 0] = await freePorts(1);
    const { process: started, output } = startCommand(port);
    const status = await untilStatus(
      () => statusOf(port),
      ({ problems }) => problems.length > 0,
    );
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const ready = await (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    started.kill('SIGTERM');
    expect(await ended(started)).toBe(0);
    const everything = [output(), JSON.stringify(status), metrics, ready].join('\n');
    expect(everything).toContain('KafkaAuthenticationFailed');
    expect(everything).not.toContain('wrong-0dd-secret');
    expect(everything).not.toContain(place.user.password);
  });
});

describe('the command', () => {
  test('refuses a wrong configuration with the path and what is wrong', async () => {
    await place.writeConfig({ ...configFor(place, { kafka, clickHouse }), batchSize: 0 });
    const { process: started, output } = startCommand(0);
    expect(await ended(started)).toBe(1);
    expect(output()).toMatch(/is not a valid configuration:\n {2}batchSize: /);
  });

  test('exports rows that are inserted while it runs', async () => {
    await place.writeConfig(
      configFor(place, { kafka, clickHouse }, { clickHouse: { startFrom: 'Now' } }),
    );
    const running = await runExporter(place);
    await running.until(({ delivering }) => delivering);
    const fromMicros = Date.now() * 1000;
    await insertRows(clickHouse, {
      ...STREAM,
      firstRow: 0,
      rows: 50,
      fromMicros,
      toMicros: fromMicros + 500_000,
    });
    await running.until(({ recordsExported }) => recordsExported === 50);
    await running.exporter.stop();
  });
});
