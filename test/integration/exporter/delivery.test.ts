import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, inject, test } from 'vitest';
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
/** Much longer than the rows of the stream are late: rows that settle unseen are not exported yet. */
const SETTLE_SECONDS = 10;

const kafka = inject('kafka');
const admin = kafkaFrom(kafka);

/** Parts of a test's own, so that tests run side by side; everything is ended with the test. */
interface Parts {
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
  /** Starts the command as a user does; its output is collected. */
  readonly startCommand: (port: number) => {
    readonly process: ChildProcess;
    readonly output: () => string;
  };
}

async function createParts(
  onEnd: (end: () => Promise<void>) => void,
  broker = kafka,
): Promise<Parts> {
  const clickHouse = await startClickHouse();
  onEnd(() => clickHouse.stop());
  await createSchema(clickHouse);
  const place = await createPlace(broker, clickHouse);
  onEnd(() => place.remove());
  await kafkaFrom(broker).createTopic(`${place.prefix}${L7}`, 4);
  const startCommand: Parts['startCommand'] = (port) => {
    let output = '';
    const started = spawn(process.execPath, [
      ...[COMMAND, 'exporter', '--config', place.configPath],
      ...['--credentials', place.credentialsDirectory],
      ...['--port', String(port), '--log-level', 'debug'],
    ]);
    started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    started.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    onEnd(() => {
      started.kill('SIGKILL');
      return Promise.resolve();
    });
    return { process: started, output: () => output };
  };
  return { clickHouse, place, startCommand };
}

const streaming = () => ({
  clickHouse: {
    settleSeconds: SETTLE_SECONDS,
    startFrom: new Date(Date.now() - 5_000).toISOString(),
  },
});

const ended = (process: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    process.once('exit', (code) => {
      resolve(code);
    });
  });

async function comparison({ clickHouse, place }: Parts, expected: number, brokers = kafka) {
  const reader = await readRecords(place, brokers, L7);
  await reader.waitUntil(() => new Set(reader.values.map(String)).size >= expected, 30_000);
  await reader.stop();
  return compareRecords(await expectedRecords(clickHouse, L7), reader.values);
}

const COMPLETE = { missing: [], missingCount: 0, foreign: [], foreignCount: 0 };

describe.concurrent('no record is missing and none comes twice', () => {
  test('when the process is killed in the middle of a stream', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place, startCommand } = parts;
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
    expect(await comparison(parts, written)).toMatchObject({
      ...COMPLETE,
      found: written,
      repeated: 0,
    });
    second.process.kill('SIGTERM');
    expect(await ended(second.process)).toBe(0);
  });

  test('when the process is told to stop and started again', async ({ onTestFinished, expect }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place, startCommand } = parts;
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
    expect(await comparison(parts, written)).toMatchObject({
      ...COMPLETE,
      found: written,
      repeated: 0,
    });
  });

  test('when the password changes in Kafka and then in the files', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse } = parts;
    const place = await createPlace(kafka, clickHouse, 'own user');
    onTestFinished(() => place.remove());
    await admin.createTopic(`${place.prefix}${L7}`, 4);
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
    expect(await comparison({ ...parts, place }, written)).toMatchObject({
      ...COMPLETE,
      found: written,
      repeated: 0,
    });
    await running.exporter.stop();
  });

  test('when the broker restarts in the middle of a stream', async ({ onTestFinished, expect }) => {
    const own = await startKafka();
    onTestFinished(() => own.stop());
    const parts = await createParts(onTestFinished, own);
    const { clickHouse, place } = parts;
    await place.writeConfig(configFor(place, { kafka: own, clickHouse }, streaming()));
    const running = await runExporter(place);
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
    expect(await comparison(parts, written, own)).toMatchObject({
      ...COMPLETE,
      found: written,
      repeated: 0,
    });
    await running.exporter.stop();
  });
});

describe.concurrent('a secret', () => {
  test('never shows in logs, status or metrics, even when it is refused', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place, startCommand } = parts;
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

describe.concurrent('the command', () => {
  test('refuses a wrong configuration with the path and what is wrong', async ({
    onTestFinished,
    expect,
  }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place, startCommand } = parts;
    await place.writeConfig({ ...configFor(place, { kafka, clickHouse }), batchSize: 0 });
    const { process: started, output } = startCommand(0);
    expect(await ended(started)).toBe(1);
    expect(output()).toMatch(/is not a valid configuration:\n {2}batchSize: /);
  });

  test('exports rows that are inserted while it runs', async ({ onTestFinished }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place } = parts;
    await place.writeConfig(
      configFor(
        place,
        { kafka, clickHouse },
        { clickHouse: { startFrom: 'Now', settleSeconds: SETTLE_SECONDS } },
      ),
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
