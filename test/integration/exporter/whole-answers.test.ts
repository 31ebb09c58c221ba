import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClickHouseSource } from '../../../src/exporter/source/clickhouse/rows/clickhouse-source.ts';
import { type RecordSource, SourceError } from '../../../src/exporter/source/source.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { clickHouseAt } from '../../exporter/source/clickhouse/clickhouse-at.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';

// The engine has one session, so SET is here what the settings profile of a user is on a server.

const L7 = 'flow_log.l7_flow_log';
const ROWS = 20_000;
const NOW = Math.floor(Date.now() / 1000) - 100;
const WINDOW = { from: NOW, to: NOW + 10 };
const { signal } = new AbortController();

let clickHouse: ClickHouseHandle;
beforeAll(async () => {
  clickHouse = await startFilled();
});
afterAll(() => clickHouse.stop());

async function startFilled(): Promise<ClickHouseHandle> {
  const started = await startClickHouse();
  await createSchema(started);
  await started.query(
    `INSERT INTO ${L7} (time, _id, observation_point) SELECT ${NOW} + number % 10, number, ['c', 's'][1 + number % 2] FROM numbers(${ROWS})`,
  );
  return started;
}

const sourceAt = (at: ClickHouseHandle, organizationId = 1): RecordSource =>
  createClickHouseSource(
    exporterConfig({ clickHouse: { organizationId } }).clickHouse,
    clickHouseAt(at),
  );

/** How many rows a window has for the exporter, or under which reason it is not read. */
async function readingOf(source: RecordSource, where?: string): Promise<number | string> {
  const columns = ['_id', 'observation_point', 'time'];
  let rows = 0;
  try {
    for await (const batch of source.read(
      { dataSource: L7, columns, where, window: WINDOW },
      signal,
    )) {
      rows += batch.numRows;
      for (const point of batch.getChild('observation_point') ?? []) expect('cs').toContain(point);
    }
    return rows;
  } catch (error) {
    if (error instanceof SourceError) return error.problem.reason;
    throw error;
  }
}

/** How many rows a query has that states nothing but that rows come in blocks, between which limits are looked at. */
async function plainly(where = '1'): Promise<number | string> {
  try {
    const text = await clickHouse.query(
      `SELECT _id FROM ${L7} WHERE ${where} SETTINGS max_block_size = 4096 FORMAT TSV`,
    );
    return text === '' ? 0 : text.trimEnd().split('\n').length;
  } catch {
    return 'fails';
  }
}

const LIMIT = 'ClickHouseLimitReached';
/** Takes two seconds and more, a block of rows at a time. */
const SLOWLY = 'sleepEachRow(0.0002) = 0';

describe('rows that a user’s settings leave out', () => {
  let changed: readonly string[] = [];
  afterEach(async () => {
    for (const name of changed) await clickHouse.query(`SET ${name} = DEFAULT`);
  });

  test.each<[settings: readonly string[], where: string | undefined, expected: number | string]>([
    [['limit = 7'], undefined, ROWS],
    [['offset = 7'], undefined, ROWS],
    [["additional_table_filters = {'flow_log.l7_flow_log': '_id < 5'}"], undefined, ROWS],
    [["additional_result_filter = '_id < 5'"], undefined, ROWS],
    [['max_result_rows = 10000', "result_overflow_mode = 'break'"], undefined, LIMIT],
    [['max_rows_to_read = 5000', "read_overflow_mode = 'break'"], undefined, LIMIT],
    [['max_rows_to_read_leaf = 5000', "read_overflow_mode_leaf = 'break'"], undefined, LIMIT],
    [['max_execution_time = 1', "timeout_overflow_mode = 'break'"], SLOWLY, LIMIT],
    [
      ['max_rows_in_set = 5000', "set_overflow_mode = 'break'"],
      '_id IN (SELECT number FROM numbers(20000))',
      LIMIT,
    ],
  ])('are read, or their window is not, with %s', async (settings, where, expected) => {
    changed = settings.map((setting) => setting.split(' = ')[0] ?? '');
    const all = await plainly(where);
    for (const setting of settings) await clickHouse.query(`SET ${setting}`);
    expect(await plainly(where)).not.toBe(all);
    expect(await readingOf(sourceAt(clickHouse), where)).toBe(expected);
  });

  test('do not make seconds look smaller', async () => {
    changed = ['max_rows_to_group_by', 'group_by_overflow_mode'];
    await clickHouse.query('SET max_rows_to_group_by = 3');
    await clickHouse.query("SET group_by_overflow_mode = 'any'");
    const counts = sourceAt(clickHouse).counts({ dataSource: L7, window: WINDOW }, signal);
    await expect(counts).rejects.toMatchObject({ problem: { reason: LIMIT } });
  });

  test('are not those of an earlier answer', async () => {
    changed = ['use_query_cache'];
    await clickHouse.query('SET use_query_cache = 1');
    const source = sourceAt(clickHouse);
    const later = { from: NOW + 50, to: NOW + 51 };
    const count = async (): Promise<number> =>
      (await source.counts({ dataSource: L7, window: later }, signal)).get(NOW + 50) ?? 0;
    expect(await count()).toBe(0);
    await clickHouse.insert(L7, [{ time: NOW + 50, _id: 1 }]);
    expect(await count()).toBe(1);
  });
});

test('texts come as texts, whatever the user wants of Arrow', async () => {
  await clickHouse.query('SET output_format_arrow_low_cardinality_as_dictionary = 1');
  onTestFinished(async () => {
    await clickHouse.query('SET output_format_arrow_low_cardinality_as_dictionary = DEFAULT');
  });
  expect(await readingOf(sourceAt(clickHouse))).toBe(ROWS);
});

test('a shard that is away is an error, although DeepFlow’s own profile skips it', async () => {
  const [port = 0] = await freePorts(1);
  await clickHouse.query('CREATE DATABASE `0004_flow_log`');
  await clickHouse.query(
    `CREATE TABLE \`0004_flow_log\`.l7_flow_log (time DateTime, _id UInt64, observation_point String) AS remote('127.0.0.1:${port}', 'flow_log', 'l7_flow_log')`,
  );
  await clickHouse.query('SET skip_unavailable_shards = 1');
  onTestFinished(async () => {
    await clickHouse.query('SET skip_unavailable_shards = DEFAULT');
    await clickHouse.query('DROP DATABASE `0004_flow_log`');
  });
  expect(await clickHouse.query('SELECT _id FROM `0004_flow_log`.l7_flow_log')).toBe('');
  expect(await readingOf(sourceAt(clickHouse, 4))).toBe('ClickHouseError');
});

test('a proxy that lets no settings through changes nothing', async () => {
  const proxy = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const { authorization = '' } = request.headers;
      const body = new Uint8Array(await buffer(request));
      const answer = await fetch(clickHouse.url, {
        method: 'POST',
        headers: { authorization },
        body,
      });
      response.writeHead(answer.status);
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    void forward();
  });
  const [port = 0] = await freePorts(1);
  proxy.listen(port, '127.0.0.1');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const source = sourceAt({ ...clickHouse, url: `http://127.0.0.1:${port}` });
  expect(await readingOf(source)).toBe(ROWS);
});

test('a user who may not change settings is told what to allow', async () => {
  const confined = await startFilled();
  onTestFinished(() => confined.stop());
  await confined.query('SET readonly = 1');
  const source = sourceAt(confined);
  await expect(source.check(L7, ['_id'])).rejects.toMatchObject({
    problem: {
      reason: 'ClickHouseSettingRefused',
      message: expect.stringMatching(
        /readonly = 2.*output_format_arrow_compression_method/,
      ) as string,
    },
  });
});
