import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test, type TestContext } from 'vitest';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { openDoor, type ClickHouseDoor } from './clickhouse-door.ts';
import { configFor, type Place, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, startIn, startTables } from './parts.ts';

const STREAM = { dataSource: L7, seed: 7, rowsPerSecond: 200, lateShare: 0, lateSecondsMax: 0 };
/** How often the status is looked at. */
const LOOK_MS = 100;

const kafka = inject('kafka');

interface Parts {
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
  readonly running: RunningExporter;
}

/** What ends with the test. Tests run at once, because each waits most of the time. */
type OnFinished = TestContext['onTestFinished'];

async function startTablesFor(onTestFinished: OnFinished): Promise<ClickHouseHandle> {
  const clickHouse = await startTables();
  onTestFinished(() => clickHouse.stop());
  return clickHouse;
}

/** An exporter that reads a ClickHouse at one address, with a password of its own. */
async function startExporter(
  onTestFinished: OnFinished,
  clickHouse: ClickHouseHandle,
  {
    url = clickHouse.url,
    password = clickHouse.password,
    flushTimeoutSeconds = 1,
  }: {
    readonly url?: string;
    readonly password?: string;
    readonly flushTimeoutSeconds?: number;
  } = {},
): Promise<Parts> {
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
  await place.writeCredentials({ clickHousePassword: password });
  const startFrom = new Date(Date.now() - 5_000).toISOString();
  const reading = { settleSeconds: 3, startFrom, url };
  const config = configFor(
    place,
    { kafka, clickHouse },
    { clickHouse: reading, other: { flushTimeoutSeconds } },
  );
  const running = await startIn(onTestFinished, place, config);
  return { clickHouse, place, running };
}

/** Waits until more records are delivered, and nothing is wrong. */
async function expectDelivery({ running }: Parts): Promise<void> {
  const before = (await running.status()).recordsExported;
  await running.until(
    ({ delivering, problems, recordsExported }) =>
      delivering && problems.length === 0 && recordsExported > before + STREAM.rowsPerSecond,
  );
}

test.concurrent('a ClickHouse that stops answering shows, and what it holds up goes on with it', async ({
  onTestFinished,
}) => {
  const clickHouse = await startTablesFor(onTestFinished);
  const parts = await startExporter(onTestFinished, clickHouse);
  const { place, running } = parts;
  const { processId } = clickHouse;
  if (processId === undefined) return;
  const rows = startRowStream(clickHouse, STREAM);
  await expectDelivery(parts);
  const written = await rows.stop();

  process.kill(processId, 'SIGSTOP');
  onTestFinished(() => {
    process.kill(processId, 'SIGCONT');
  });
  const { problems } = await running.until((status) => status.problems.length > 0);
  expect(problems[0]).toMatchObject({ reason: 'ClickHouseUnreachable' });
  expect(problems[0]?.message).toContain(`ClickHouse at ${clickHouse.url} does not answer`);
  const ready = await fetch(`http://127.0.0.1:${running.exporter.port}/readyz`);
  expect(ready.status).toBe(503);

  process.kill(processId, 'SIGCONT');
  await running.until(({ delivering, problems: left }) => delivering && left.length === 0);
  const more = startRowStream(clickHouse, { ...STREAM, seed: 8 });
  await expectDelivery(parts);
  const total = written + (await more.stop());
  expect(await compareWithTable(place, { kafka, clickHouse }, total)).toEqual(eachOnce(total));
});

test.concurrent('a query that takes long is not taken for silence', async ({ onTestFinished }) => {
  const clickHouse = await startTablesFor(onTestFinished);
  const parts = await startExporter(onTestFinished, clickHouse);
  await parts.running.until(({ delivering }) => delivering);
  // The engine runs one statement after another: queries of the exporter wait for this one.
  await clickHouse.query(
    'SELECT sleepEachRow(2) FROM numbers(11) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0',
  );
  expect(await parts.running.status()).toMatchObject({ problems: [] });
});

test.concurrent('a new ClickHouse password is tried before the old one is left', async ({
  onTestFinished,
}) => {
  const clickHouse = await startTablesFor(onTestFinished);
  const login = (password: string) => ({ username: clickHouse.username, password });
  const door: ClickHouseDoor = await openDoor(clickHouse, { logins: [login('first')] });
  onTestFinished(() => door.close());
  const parts = await startExporter(onTestFinished, clickHouse, {
    url: door.url,
    password: 'first',
  });
  const { place, running } = parts;
  const rows = startRowStream(clickHouse, STREAM);
  await expectDelivery(parts);
  await running.until(({ credentialsRevision }) => credentialsRevision === 1);

  await place.writeCredentials({ revision: '2', clickHousePassword: 'second' });
  const refused = await running.until(({ renewalProblem }) => renewalProblem !== undefined);
  expect(refused).toMatchObject({
    delivering: true,
    problems: [],
    credentialsRevision: 1,
    renewalProblem: { reason: 'ClickHouseAuthenticationFailed' },
  });
  await expectDelivery(parts);

  door.setLogins([login('first'), login('second')]);
  const taken = await running.until(({ credentialsRevision }) => credentialsRevision === 2);
  expect(taken).toMatchObject({ delivering: true, problems: [] });
  expect(taken.renewalProblem).toBeUndefined();
  door.setLogins([login('second')]);
  await expectDelivery(parts);

  const written = await rows.stop();
  expect(await compareWithTable(place, { kafka, clickHouse }, written)).toEqual(eachOnce(written));
});

/** So long the status is looked at: several times the server's patience with idle connections. */
const WATCHED_MS = 15_000;
/** `keep_alive_timeout` of DeepFlow's ClickHouse. */
const KEEP_ALIVE_MS = 3_000;

test.concurrent('a ClickHouse under a path of an IPv6 host, which closes idle connections after 3 seconds, never seems to fail', async ({
  onTestFinished,
}) => {
  const clickHouse = await startTablesFor(onTestFinished);
  const door = await openDoor(clickHouse, {
    path: '/observability/clickhouse',
    host: '::1',
    keepAliveMs: KEEP_ALIVE_MS,
  });
  onTestFinished(() => door.close());
  const parts = await startExporter(onTestFinished, clickHouse, {
    url: door.url,
    flushTimeoutSeconds: 4,
  });
  const { place, running } = parts;
  await running.until(({ delivering }) => delivering);
  const rows = startRowStream(clickHouse, STREAM);
  const before = door.connections();
  const end = performance.now() + WATCHED_MS;
  while (performance.now() < end) {
    expect(await running.status()).toMatchObject({ delivering: true, problems: [] });
    const metrics = await fetch(`http://127.0.0.1:${running.exporter.port}/metrics`);
    expect(await metrics.text()).toContain(
      `deepflow_kafka_exporter_clickhouse_address_up{address="${door.url}"} 1`,
    );
    await sleep(LOOK_MS);
  }
  expect(door.connections()).toBeGreaterThan(before);
  const written = await rows.stop();
  expect(await compareWithTable(place, { kafka, clickHouse }, written)).toEqual(eachOnce(written));
});
