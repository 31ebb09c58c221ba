import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import { readArrowRows } from '../../../src/exporter/source/clickhouse/rows/arrow-stream.ts';
import { createClickHouseSource } from '../../../src/exporter/source/clickhouse/rows/clickhouse-source.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../../harness/generator/generate.ts';

// The engine has one session, so SET is here what the settings profile of a user is on a server.

const L7 = 'flow_log.l7_flow_log';
const BOUNDS = { maxQueryThreads: 2, maxQueryMemoryBytes: 67_108_864, queryPriority: 10 };
const NAMES = ['max_threads', 'max_memory_usage', 'priority', 'log_comment'];

let clickHouse: ClickHouseHandle;
beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
});
afterAll(() => clickHouse.stop());

function bounded(bounds: Partial<typeof BOUNDS> = BOUNDS): ClickHouseAddresses {
  const { password, url, username } = clickHouse;
  return createClickHouseAddresses(
    { clock: systemClock, random: Math.random },
    {
      url,
      replicaUrls: [],
      authenticated: true,
      requestTimeoutMs: 60_000,
      resource: 'observability/l7',
      ...bounds,
    },
    () => ({ clickHouseUsername: username, clickHousePassword: password }),
  );
}

/** The settings that are in force within a query of the exporter. */
async function inForce(addresses: ClickHouseAddresses): Promise<Readonly<Record<string, string>>> {
  const names = NAMES.map((name) => `'${name}'`).join(', ');
  const query = `SELECT name, value FROM system.settings WHERE name IN (${names})`;
  const rows = await addresses.ask(async (queries) => readArrowRows(await queries.select(query)));
  return Object.fromEntries(rows.map(({ name, value }) => [String(name), String(value)]));
}

const STATED = {
  max_threads: '2',
  max_memory_usage: '67108864',
  priority: '10',
  log_comment: 'KafkaExporter observability/l7',
};

describe('what a query may take of ClickHouse', () => {
  test('is in force, and so is the name of the exporter', async () => {
    expect(await inForce(bounded())).toEqual(STATED);
  });

  test('is told with the query while it runs', async ({ skip }) => {
    const processes = "SELECT count() FROM system.tables WHERE name = 'processes'";
    if ((await clickHouse.query(processes)).trim() === '0')
      skip('this engine has no system.processes');
    const query = `SELECT count() AS found FROM system.processes WHERE Settings['log_comment'] = '${STATED.log_comment}'`;
    const ask = async (): Promise<unknown> =>
      bounded().ask(async (queries) => readArrowRows(await queries.select(query)));
    expect(await ask()).toEqual([{ found: 1n }]);
  });

  test('stays as the user has it where nothing is said', async () => {
    const { max_threads: threads, priority } = await inForce(bounded({}));
    expect(threads).not.toBe('2');
    expect(priority).toBe('0');
  });

  test.each([
    ['max_threads', '1', '1'],
    ['max_threads', '5', '2'],
    ['max_memory_usage', '60000000', '60000000'],
    ['max_memory_usage', '90000000', '67108864'],
    ['priority', '20', '20'],
    ['priority', '5', '10'],
  ])('is the stricter one of both where the user has %s = %s', async (name, users, expected) => {
    await clickHouse.query(`SET ${name} = ${users}`);
    onTestFinished(async () => {
      await clickHouse.query(`SET ${name} = DEFAULT`);
    });
    expect(await inForce(bounded())).toEqual({ ...STATED, [name]: expected });
  });

  test('ends a query that takes more memory, with words', async () => {
    const source = createClickHouseSource(exporterConfig({}).clickHouse, bounded());
    const greedy = 'length(arrayMap(x -> toString(x), range(toUInt64(20000000)))) > 0';
    await clickHouse.query(`INSERT INTO ${L7} (time, _id) VALUES (1700000000, 1)`);
    const counts = source.counts(
      { dataSource: L7, where: greedy, window: { from: 1_700_000_000, to: 1_700_000_010 } },
      new AbortController().signal,
    );
    await expect(counts).rejects.toMatchObject({
      problem: {
        reason: 'ClickHouseLimitReached',
        message: expect.stringMatching(
          /raise spec\.source\.clickHouse\.maxQueryMemoryBytes.*64\.00 MiB/,
        ) as string,
      },
    });
  });
});
