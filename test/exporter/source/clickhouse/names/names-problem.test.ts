import { expect, test } from 'vitest';
import { ColumnTypeError } from '../../../../../src/exporter/encode/columns/column-type-error.ts';
import { AddressError } from '../../../../../src/exporter/source/clickhouse/errors/address-error.ts';
import { namesProblem } from '../../../../../src/exporter/source/clickhouse/names/names-problem.ts';

const failure = (code: string, message = 'words'): Error =>
  Object.assign(new Error(message), { code });
const place = { database: '0002_flow_tag', dictionary: 'pod_map' };

test.each([
  [
    'a missing dictionary',
    failure('60'),
    'TableMissing',
    'dictionary 0002_flow_tag.pod_map does not exist',
  ],
  ['a missing database', failure('81'), 'TableMissing', 'spec.source.clickHouse'],
  [
    'a wrong password',
    failure('516'),
    'ClickHouseAuthenticationFailed',
    'spec.source.clickHouse.credentialsSecretRef',
  ],
  [
    'a missing grant',
    failure('497'),
    'ClickHouseAuthenticationFailed',
    'GRANT SELECT, dictGet ON 0002_flow_tag.* TO NAME',
  ],
  [
    'an id beyond the layout',
    failure('69'),
    'ClickHouseError',
    'LAYOUT(FLAT(MAX_ARRAY_SIZE 5000000))',
  ],
  ['a pattern that is none', failure('427'), 'ClickHouseError', 'spec.exportFields'],
  ['a refused connection', failure('ECONNREFUSED'), 'ClickHouseUnreachable', 'http://ch:8123'],
  ['an answer cut short', new Error('cut'), 'ClickHouseUnreachable', '(cut)'],
  [
    'a column of another type',
    new ColumnTypeError('id_', 'Utf8', 'an integer or a time'),
    'ClickHouseError',
    'column id_',
  ],
  [
    'a limit',
    failure('241', 'Memory limit'),
    'ClickHouseLimitReached',
    'records lack its names: ClickHouse at http://ch:8123 has no memory left for the query',
  ],
  ['any other error of its own', failure('395', 'thrown'), 'ClickHouseError', '(thrown)'],
])('%s is reported with its effect on names', (_name, error, reason, words) => {
  const atAddress = new AddressError(['http://ch:8123'], error, false);
  const problem = namesProblem(error instanceof ColumnTypeError ? error : atAddress, place);
  expect(problem.reason).toBe(reason);
  expect(problem.message).toContain(words);
});
