import { expect, test } from 'vitest';
import { checkQuery, windowQuery } from '../../../src/exporter/source/clickhouse/query.ts';

test('a window is read by named columns and by time alone, which the primary key serves', () => {
  expect(windowQuery('flow_log.l7_flow_log', ['_id', 'time'])).toBe(
    'SELECT `_id`, `time` FROM `flow_log`.`l7_flow_log` WHERE `time` >= toDateTime({from:UInt32}) AND `time` < toDateTime({to:UInt32}) FORMAT ArrowStream',
  );
});

test('a name cannot leave its quotes', () => {
  expect(checkQuery('flow_log.l7_flow_log', ['a`; DROP TABLE x'])).toContain(
    '`a\\`; DROP TABLE x`',
  );
});
