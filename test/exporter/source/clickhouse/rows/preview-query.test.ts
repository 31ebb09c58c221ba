import { expect, test } from 'vitest';
import {
  type PreviewRequest,
  previewQuery,
} from '../../../../../src/exporter/source/clickhouse/rows/preview-query.ts';

const request: PreviewRequest = {
  dataSource: 'flow_metrics.network.1m',
  organizationId: 1,
  columns: ['time', 'server_port'],
  where: 'a OR b',
  conditions: [
    { text: 'first', sql: 'a' },
    { text: 'second', sql: 'b' },
  ],
  rows: { window: undefined, limit: 10 },
  explains: false,
};
const TABLE = 'FROM `flow_metrics`.`network.1m`';

test.each<[string, Partial<PreviewRequest>, string]>([
  [
    'the last rows that pass',
    {},
    `SELECT \`time\`, \`server_port\` FROM (SELECT \`time\`, \`server_port\` ${TABLE} WHERE (a OR b) ORDER BY \`time\` DESC LIMIT 10) ORDER BY \`time\``,
  ],
  [
    'all rows of a range',
    { where: undefined, rows: { window: { from: 5, to: 9 }, limit: undefined } },
    `SELECT \`time\`, \`server_port\` FROM (SELECT \`time\`, \`server_port\` ${TABLE} WHERE \`time\` >= toDateTime(5) AND \`time\` < toDateTime(9) AND (1)) ORDER BY \`time\``,
  ],
  [
    'the second to order by, where no field needs it',
    { columns: ['x'], organizationId: 3, where: undefined, rows: { window: undefined, limit: 1 } },
    'SELECT `x` FROM (SELECT `x`, `time` FROM `0003_flow_metrics`.`network.1m` WHERE (1) ORDER BY `time` DESC LIMIT 1) ORDER BY `time`',
  ],
  [
    'rows that do not pass, with what they satisfy, to explain them',
    { columns: ['time'], explains: true },
    `SELECT \`time\`, \`preview passes\`, \`preview condition 0\`, \`preview condition 1\` FROM (SELECT \`time\`, toUInt8(ifNull((a OR b), 0)) AS \`preview passes\`, toUInt8(ifNull((a), 0)) AS \`preview condition 0\`, toUInt8(ifNull((b), 0)) AS \`preview condition 1\` ${TABLE} ORDER BY \`time\` DESC LIMIT 10) ORDER BY \`time\``,
  ],
])('a preview reads %s', (_name, change, query) => {
  expect(previewQuery({ ...request, ...change })).toBe(query);
});
