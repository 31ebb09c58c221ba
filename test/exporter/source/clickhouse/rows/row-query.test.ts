import { expect, test } from 'vitest';
import {
  checkQuery,
  columnsQuery,
  earliestQuery,
  nextRowQuery,
  type RowsRequest,
  windowQuery,
} from '../../../../../src/exporter/source/clickhouse/rows/row-query.ts';

const request: RowsRequest = {
  dataSource: 'flow_log.l7_flow_log',
  organizationId: 1,
  columns: ['_id', 'time'],
  importedSpans: true,
};
const WINDOW =
  'SELECT `_id`, `time` FROM `flow_log`.`l7_flow_log` WHERE `time` >= toDateTime(5) AND `time` < toDateTime(9)';

test.each<[string, RowsRequest, string]>([
  ['named columns and time alone, which the primary key serves', request, ''],
  ['a filter in brackets', { ...request, where: 'a OR b' }, ' AND (a OR b)'],
  [
    'all but imported spans',
    { ...request, importedSpans: false },
    ' AND NOT (`signal_source` = 4)',
  ],
  [
    'all but imported spans that pass a filter',
    { ...request, importedSpans: false, where: 'a' },
    ' AND NOT (`signal_source` = 4) AND (a)',
  ],
])('a window is read by %s', (_name, rows, rest) => {
  expect(windowQuery(rows, { from: 5, to: 9 })).toBe(`${WINDOW}${rest}`);
});

test('spans are imported into calls alone', () => {
  const rows: RowsRequest = { ...request, dataSource: 'event.file_event', importedSpans: false };
  expect(windowQuery(rows, { from: 5, to: 9 })).not.toContain('signal_source');
});

test('a check reads no row', () => {
  expect(checkQuery({ ...request, where: 'a' })).toBe(
    'SELECT `_id`, `time` FROM `flow_log`.`l7_flow_log` WHERE 0 AND (a)',
  );
});

test('a name cannot leave its quotes', () => {
  expect(checkQuery({ ...request, columns: ['a`; DROP TABLE x'] })).toContain(
    '`a\\`; DROP TABLE x`',
  );
});

test('the tables of another organisation are in databases of its own', () => {
  const table = { dataSource: 'flow_metrics.network.1m', organizationId: 2 } as const;
  expect(earliestQuery(table)).toContain('FROM `0002_flow_metrics`.`network.1m`');
  expect(columnsQuery(table)).toBe(
    "SELECT name, type FROM system.columns WHERE database = '0002_flow_metrics' AND table = 'network.1m'",
  );
});

test('the next row is read in the order of the primary key, whatever filters let pass', () => {
  expect(nextRowQuery({ dataSource: 'flow_log.l7_flow_log', organizationId: 1 }, 5)).toBe(
    'SELECT toUnixTimestamp(`time`) AS seconds FROM `flow_log`.`l7_flow_log` WHERE `time` >= toDateTime(5) ORDER BY `time` LIMIT 1',
  );
});

test('the older name of file events is a table of its own', () => {
  expect(earliestQuery({ dataSource: 'event.perf_event', organizationId: 1 })).toContain(
    'FROM `event`.`perf_event`',
  );
});
