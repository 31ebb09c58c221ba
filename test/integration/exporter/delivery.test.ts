import { describe, inject, test } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { insertRows } from '../../harness/generator/generate.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { kafkaFrom } from '../../harness/kafka/kafka-admin.ts';
import type { KafkaData } from '../../harness/kafka/kafka-data.ts';
import { startKafka } from '../../harness/kafka/start-kafka.ts';
import { startCommand } from './exporter-command.ts';
import { configFor, type Place } from './exporter-under-test.ts';
import {
  compareWithTable,
  eachOnce,
  L7,
  newPlace,
  type OnEnd,
  recentRows,
  startIn,
  startTables,
} from './parts.ts';

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
async function createParts(
  onEnd: OnEnd,
  { broker = kafka, users }: { broker?: KafkaData; users?: 'own user' } = {},
): Promise<{ readonly clickHouse: ClickHouseHandle; readonly place: Place }> {
  const clickHouse = await startTables();
  onEnd(() => clickHouse.stop());
  const place = await newPlace(onEnd, { kafka: broker, clickHouse }, { partitions: 4, users });
  return { clickHouse, place };
}

const streaming = () => ({
  clickHouse: {
    settleSeconds: SETTLE_SECONDS,
    startFrom: new Date(Date.now() - 5_000).toISOString(),
  },
});

describe.concurrent('no record is missing and none comes twice', () => {
  test.for([
    ['when the process is killed in the middle of a stream', 'SIGKILL', null],
    ['when the process is told to stop and started again', 'SIGTERM', 0],
  ] as const)('%s', async ([, signal, code], { onTestFinished, expect }) => {
    const parts = await createParts(onTestFinished);
    const { clickHouse, place } = parts;
    await place.writeConfig(configFor(place, { kafka, clickHouse }, streaming()));
    const rows = startRowStream(clickHouse, STREAM);
    const first = await startCommand(onTestFinished, place);
    await first.until(({ recordsExported }) => recordsExported > 400);
    expect(await first.end(signal)).toBe(code);
    const second = await startCommand(onTestFinished, place);
    await second.until(({ recordsExported }) => recordsExported > 800);
    const written = await rows.stop();
    const compared = await compareWithTable(place, { kafka, clickHouse }, written);
    expect(compared).toEqual(eachOnce(written));
    expect(await second.end('SIGTERM')).toBe(0);
  });

  test('when the password changes in Kafka and then in the files', async ({
    onTestFinished,
    expect,
  }) => {
    const { clickHouse, place } = await createParts(onTestFinished, { users: 'own user' });
    const config = configFor(place, { kafka, clickHouse }, streaming());
    const running = await startIn(onTestFinished, place, config);
    const rows = startRowStream(clickHouse, STREAM);
    await running.until(({ recordsExported }) => recordsExported > 200);
    await admin.setScramUser(place.user.username, 'second secret');
    await place.writeCredentials({ revision: '2', saslPassword: 'second secret' });
    await running.until(({ credentialsRevision }) => credentialsRevision === 2);
    const { recordsExported } = await running.status();
    await running.until((status) => status.recordsExported > recordsExported + 200);
    const written = await rows.stop();
    const compared = await compareWithTable(place, { kafka, clickHouse }, written);
    expect(compared).toEqual(eachOnce(written));
  });

  test('when the broker restarts in the middle of a stream', async ({ onTestFinished, expect }) => {
    const own = await startKafka();
    onTestFinished(() => own.stop());
    const { clickHouse, place } = await createParts(onTestFinished, { broker: own });
    const config = configFor(place, { kafka: own, clickHouse }, streaming());
    const running = await startIn(onTestFinished, place, config);
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
    const compared = await compareWithTable(place, { kafka: own, clickHouse }, written);
    expect(compared).toEqual(eachOnce(written));
  });
});

describe.concurrent('a secret', () => {
  test('never shows in logs, status or metrics, even when it is refused', async ({
    onTestFinished,
    expect,
  }) => {
    const { clickHouse, place } = await createParts(onTestFinished);
    await place.writeConfig(configFor(place, { kafka, clickHouse }));
    await place.writeCredentials({
      saslPassword: 'wrong-0dd-secret',
      clickHousePassword: 'wrong-0dd-secret',
    });
    const command = await startCommand(onTestFinished, place);
    // Another problem may be told first.
    const status = await command.until(({ problems }) =>
      problems.some(({ reason }) => reason === 'KafkaAuthenticationFailed'),
    );
    const base = `http://127.0.0.1:${command.port}`;
    const metrics = await (await fetch(`${base}/metrics`)).text();
    const ready = await (await fetch(`${base}/readyz`)).text();
    expect(await command.end('SIGTERM')).toBe(0);
    const everything = [command.output(), JSON.stringify(status), metrics, ready].join('\n');
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
    const { clickHouse, place } = await createParts(onTestFinished);
    await place.writeConfig({ ...configFor(place, { kafka, clickHouse }), batchSize: 0 });
    const command = await startCommand(onTestFinished, place);
    expect(await command.ended).toBe(1);
    expect(command.output()).toMatch(/is not a valid configuration:\n {2}batchSize: /);
  });

  test('exports rows that are inserted while it runs', async ({ onTestFinished }) => {
    const { clickHouse, place } = await createParts(onTestFinished);
    const change = { clickHouse: { startFrom: 'Now', settleSeconds: SETTLE_SECONDS } };
    const config = configFor(place, { kafka, clickHouse }, change);
    const running = await startIn(onTestFinished, place, config);
    await running.until(({ delivering }) => delivering);
    const fromMicros = Date.now() * 1000;
    const toMicros = fromMicros + 500_000;
    await insertRows(clickHouse, recentRows({ seed: 3, rows: 50, fromMicros, toMicros }));
    await running.until(({ recordsExported }) => recordsExported === 50);
  });
});
