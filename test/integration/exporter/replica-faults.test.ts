import { expect, inject, onTestFinished, test } from 'vitest';
import { type Proxy, startProxy } from '../../faults/proxy.ts';
import type { ClickHouseHandle } from '../../harness/clickhouse/start-clickhouse.ts';
import { startRowStream } from '../../harness/generator/stream.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { until } from '../../lib/until.ts';
import { configFor, type Place, type RunningExporter } from './exporter-under-test.ts';
import { compareWithTable, eachOnce, L7, newPlace, startIn, startTables } from './parts.ts';

const STREAM = { dataSource: L7, seed: 5, rowsPerSecond: 400, lateShare: 0.1, lateSecondsMax: 2 };
/** An address is left alone for up to half a minute; then a probe and a query have to come. */
const DEADLINE_MS = 90_000;
/** Less than a reading has, and more than what comes before its rows. */
const WITHIN_A_READING_BYTES = 40_000;

const kafka = inject('kafka');

interface Parts {
  readonly clickHouse: ClickHouseHandle;
  readonly place: Place;
  readonly running: RunningExporter;
  /** Each before the same ClickHouse. */
  readonly proxies: readonly [Proxy, Proxy];
  readonly addresses: readonly [string, string];
}

/** An exporter that reads one ClickHouse at two addresses. */
async function startParts(): Promise<Parts> {
  const clickHouse = await startTables();
  onTestFinished(() => clickHouse.stop());
  const place = await newPlace(onTestFinished, { kafka, clickHouse }, { partitions: 2 });
  const target = Number(new URL(clickHouse.url).port);
  const [first = 0, second = 0] = await freePorts(2);
  const proxies = [
    await startProxy({ listen: first, target }),
    await startProxy({ listen: second, target }),
  ] as const;
  onTestFinished(async () => {
    for (const proxy of proxies) await proxy.close();
  });
  const addresses = [`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`] as const;
  const times = { settleSeconds: 3 };
  const startFrom = new Date(Date.now() - 5_000).toISOString();
  const reading = { url: addresses[0], replicaUrls: [addresses[1]], startFrom, ...times };
  const config = configFor(place, { kafka, clickHouse }, { clickHouse: reading });
  const running = await startIn(onTestFinished, place, config);
  return { clickHouse, place, running, proxies, addresses };
}

/** What the metrics say of an address: 1, 0, or nothing yet. */
async function upOf({ running }: Parts, address: string): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${running.exporter.port}/metrics`);
  const lines = (await response.text()).split('\n');
  const name = `deepflow_kafka_exporter_clickhouse_address_up{address="${address}"} `;
  return lines.find((line) => line.startsWith(name))?.slice(name.length);
}

async function expectUp(parts: Parts, states: readonly [string, string]): Promise<void> {
  const [first, second] = parts.addresses;
  const ask = (): Promise<readonly unknown[]> =>
    Promise.all([upOf(parts, first), upOf(parts, second)]);
  const isWanted = (found: readonly unknown[]): boolean => found.join() === states.join();
  await until(`addresses that are ${states.join(', ')}`, ask, {
    isWanted,
    deadlineMs: DEADLINE_MS,
  });
}

/** Waits until so many more records are delivered, and nothing is wrong. */
async function expectDelivery({ running }: Parts): Promise<void> {
  const before = (await running.status()).recordsExported;
  await running.until(
    ({ delivering, problems, recordsExported }) =>
      delivering && problems.length === 0 && recordsExported > before + STREAM.rowsPerSecond,
  );
}

test('every row comes exactly once while addresses break in mid-reading, die, fall silent and come back', async () => {
  const parts = await startParts();
  const { clickHouse, place, proxies, running, addresses } = parts;
  const rows = startRowStream(clickHouse, STREAM);
  await expectDelivery(parts);
  await expectUp(parts, ['1', '1']);

  for (const [at, proxy] of proxies.entries()) {
    proxy.resetAfter(WITHIN_A_READING_BYTES);
    await expectUp(parts, at === 0 ? ['0', '1'] : ['1', '0']);
    await expectUp(parts, ['1', '1']);
  }

  proxies[0].setMode({ kind: 'refuse' });
  await expectUp(parts, ['0', '1']);
  await expectDelivery(parts);
  expect(await upOf(parts, addresses[0])).toBe('0');

  proxies[1].setMode({ kind: 'refuse' });
  const { problems } = await running.until((status) => status.problems.length > 0);
  await expectUp(parts, ['0', '0']);
  expect(problems.map(({ reason }) => reason)).toEqual(['ClickHouseUnreachable']);
  expect(problems[0]?.message).toContain(addresses.join(', '));

  proxies[0].setMode({ kind: 'pass' });
  await expectDelivery(parts);
  proxies[1].setMode({ kind: 'pass' });
  await expectUp(parts, ['1', '1']);

  proxies[0].setMode({ kind: 'stall' });
  await expectUp(parts, ['0', '1']);
  proxies[0].setMode({ kind: 'pass' });
  await expectUp(parts, ['1', '1']);

  const written = await rows.stop();
  const compared = await compareWithTable(place, { kafka, clickHouse }, written);
  expect(compared).toEqual(eachOnce(written));
});

test('an address that dies while there is nothing to read is seen, and used when it is back', async () => {
  const parts = await startParts();
  const { proxies, running } = parts;
  await running.until(({ delivering }) => delivering);
  await expectUp(parts, ['1', '1']);
  proxies[1].setMode({ kind: 'refuse' });
  await expectUp(parts, ['1', '0']);
  expect(await running.status()).toMatchObject({ delivering: true, problems: [] });
  proxies[1].setMode({ kind: 'pass' });
  await expectUp(parts, ['1', '1']);
});
