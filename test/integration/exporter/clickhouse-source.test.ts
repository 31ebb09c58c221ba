import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickHouseSource } from '../../../src/exporter/source/clickhouse/rows/clickhouse-source.ts';
import { type RecordSource, SourceError } from '../../../src/exporter/source/source.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { tableNamed } from '../../harness/generator/tables.ts';
import { clickHouseAt } from '../../exporter/source/clickhouse/clickhouse-at.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';

const L7 = 'flow_log.l7_flow_log';
const NOW = Math.floor(Date.now() / 1000);
const OPEN_TELEMETRY = 4;

let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  await clickHouse.query('CREATE DATABASE `0002_flow_log`');
  await clickHouse.query(tableNamed(L7).ddl.replace('flow_log.', '`0002_flow_log`.'));
  await clickHouse.insert('flow_log.l7_flow_log', [
    { time: NOW, _id: 1, signal_source: 3, server_port: 80 },
    { time: NOW, _id: 2, signal_source: OPEN_TELEMETRY, server_port: 80 },
    { time: NOW, _id: 3, signal_source: 3, server_port: 443 },
  ]);
  await clickHouse.insert('`0002_flow_log`.l7_flow_log', [{ time: NOW, _id: 9 }]);
  await clickHouse.insert('event.perf_event', [{ time: NOW, _id: 5 }]);
});

afterAll(async () => {
  await clickHouse.stop();
});

function sourceWith(change: { organizationId?: number; importedSpans?: boolean }): RecordSource {
  const config = exporterConfig({ clickHouse: change });
  return createClickHouseSource(config.clickHouse, clickHouseAt(clickHouse));
}

async function ids(
  source: RecordSource,
  dataSource: Parameters<RecordSource['columns']>[0],
  where?: string,
): Promise<string[]> {
  const request = { dataSource, columns: ['_id'], where, window: { from: NOW, to: NOW + 1 } };
  const found: string[] = [];
  for await (const batch of source.read(request, new AbortController().signal)) {
    const column = batch.getChild('_id');
    if (column !== null) for (const id of column) found.push(String(id));
  }
  return found.sort();
}

test('a window has the rows that pass the filter', async () => {
  expect(await ids(sourceWith({}), L7)).toEqual(['1', '2', '3']);
  expect(await ids(sourceWith({}), L7, '0 OR server_port = 80')).toEqual(['1', '2']);
});

test('blocks of large rows have few of them, so that memory stays bounded', async () => {
  const [rows, bytes] = [400, 300_000];
  await clickHouse.query(
    `INSERT INTO ${L7} (time, request_resource) SELECT ${NOW - 100}, repeat('x', ${bytes}) FROM numbers(${rows})`,
  );
  const request = { dataSource: L7, columns: ['request_resource'], where: undefined } as const;
  const window = { from: NOW - 100, to: NOW - 99 };
  const sizes: number[] = [];
  for await (const batch of sourceWith({}).read(
    { ...request, window },
    new AbortController().signal,
  ))
    sizes.push(batch.numRows);
  expect(sizes.reduce((all, size) => all + size, 0)).toBe(rows);
  expect(Math.max(...sizes) * bytes).toBeLessThan(20_000_000);
});

test('imported spans stay out when they should', async () => {
  const source = sourceWith({ importedSpans: false });
  expect(await ids(source, L7)).toEqual(['1', '3']);
  expect(await ids(source, L7, '0 OR server_port = 80')).toEqual(['1']);
});

test('another organisation has tables of its own', async () => {
  const source = sourceWith({ organizationId: 2 });
  expect(await ids(source, L7)).toEqual(['9']);
  expect(await source.earliest(L7)).toBe(NOW);
});

test('the next stored row is found, whatever its filter, and none behind the last one', async () => {
  const source = sourceWith({ organizationId: 2 });
  const { signal } = new AbortController();
  expect(await source.nextRow(L7, -10, signal)).toBe(NOW);
  expect(await source.nextRow(L7, NOW, signal)).toBe(NOW);
  expect(await source.nextRow(L7, NOW + 1, signal)).toBeUndefined();
});

test('file events are read under the older name of their table', async () => {
  expect(await ids(sourceWith({}), 'event.perf_event')).toEqual(['5']);
});

test('the columns of a table are told with their types', async () => {
  const columns = await sourceWith({}).columns(L7);
  expect([...columns]).toEqual(tableNamed(L7).columns.map(({ name, type }) => [name, type]));
});

test('a table that does not exist has no columns', async () => {
  expect(await sourceWith({ organizationId: 3 }).columns(L7)).toEqual(new Map());
});

test.each([
  ['a missing table', 3, undefined, 'TableMissing'],
  ['a filter on a column that the table lacks', 1, 'no_such_column = 1', 'ClickHouseError'],
] as const)('a check finds %s', async (_name, organizationId, where, reason) => {
  const check = sourceWith({ organizationId }).check(L7, ['_id'], where);
  const error: unknown = await check.then(
    () => undefined,
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(SourceError);
  expect(error).toMatchObject({ problem: { reason } });
});

test('a check takes a filter of the greatest length', async () => {
  const where = `request_domain IN (${Array.from({ length: 2_000 }, (_, i) => `'${String(i).padStart(1_000, 'x')}'`).join(', ')})`;
  await expect(sourceWith({}).check(L7, ['_id'], where)).resolves.toBeUndefined();
});
