import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  clickHouseFailure,
  type ClickHouseFailure,
} from '../../../src/exporter/source/clickhouse/errors/clickhouse-error.ts';
import { CLICKHOUSE_CODES } from '../../../src/exporter/source/clickhouse/errors/clickhouse-codes.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { clickHouseAt } from '../../exporter/source/clickhouse/clickhouse-at.ts';

let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startClickHouse();
});
afterAll(() => clickHouse.stop());

/**
 * How a query fails. The engine of the harness finishes a query before it answers, so an exception never comes in
 * mid-answer here: that is tested with a server that writes the same bytes.
 */
async function failureOf(
  query: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ClickHouseFailure> {
  try {
    await clickHouseAt(clickHouse).ask(async (queries) => {
      const { stream } = await queries.exec({ query, clickhouse_settings: settings });
      for await (const chunk of stream) expect(chunk.length).toBeGreaterThan(0);
    });
  } catch (error) {
    return clickHouseFailure(error instanceof Error ? error.cause : error);
  }
  throw new Error('the query was answered');
}

test('the names of error codes are those of the engine', async () => {
  const codes = [...CLICKHOUSE_CODES.keys()].join(', ');
  const text = await clickHouse.query(
    `SELECT DISTINCT code, name FROM system.errors WHERE code IN (${codes}) SETTINGS system_events_show_zero_values = 1 FORMAT TabSeparated`,
  );
  const known = new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([code = '', name = '']) => [code, name]),
  );
  const named = [...CLICKHOUSE_CODES].map(([code, { name }]) => [code, name] as const);
  expect(known.size).toBeGreaterThan(0);
  // An older engine does not know the newer codes.
  expect(named.filter(([code, name]) => known.has(code) && known.get(code) !== name)).toEqual([]);
});

test.each<readonly [string, string, Readonly<Record<string, string>>, Partial<ClickHouseFailure>]>([
  [
    'max_execution_time',
    'SELECT sleepEachRow(0.2) FROM numbers(100) FORMAT ArrowStream',
    { max_execution_time: '1', max_block_size: '1' },
    { code: '159', kind: 'time' },
  ],
  [
    'max_rows_to_read',
    'SELECT count() FROM numbers(1000000) WHERE number % 3 = 0 FORMAT ArrowStream',
    { max_rows_to_read: '1000' },
    { code: '158', kind: 'limit' },
  ],
  [
    'max_result_rows',
    'SELECT number FROM numbers(1000000) FORMAT ArrowStream',
    { max_result_rows: '1000' },
    { code: '396', kind: 'limit' },
  ],
  [
    'max_memory_usage',
    'SELECT groupArray(number) FROM numbers(10000000) FORMAT ArrowStream',
    { max_memory_usage: '1000000' },
    { code: '241', kind: 'memory', isOwn: false },
  ],
  ['an unknown setting', 'SELECT 1', { of_a_newer_server: '1' }, { code: '115', kind: 'setting' }],
  ['an unknown table', 'SELECT 1 FROM nowhere', {}, { code: '60', kind: 'missing' }],
  ['an unknown column', 'SELECT a FROM numbers(1)', {}, { code: '47', kind: 'unknown-column' }],
  ['another type', "SELECT toUInt8(1) + 'a'", {}, { code: '43', kind: 'query' }],
  ['wrong syntax', 'SELECT FROM WHERE', {}, { code: '62', kind: 'query' }],
  [
    'a thrown value',
    'SELECT throwIf(number = 5) FROM numbers(10)',
    {},
    { code: '395', kind: 'other' },
  ],
])('the engine refuses %s with a code of the table', async (_name, query, settings, expected) => {
  expect(await failureOf(query, settings)).toMatchObject(expected);
});
