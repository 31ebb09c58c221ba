import { describe, expect, test } from 'vitest';
import { clickHouseProblem } from '../../../src/exporter/source/clickhouse/clickhouse-problem.ts';

const failure = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

describe('a ClickHouse error is told as', () => {
  test.each([
    ['a missing table', failure('60', 'Unknown table'), 'TableMissing', 'flow_log.l7_flow_log'],
    [
      'a missing database',
      failure('81', 'Unknown database'),
      'TableMissing',
      'spec.source.clickHouse.url',
    ],
    [
      'a wrong password',
      failure('516', 'Authentication failed'),
      'ClickHouseAuthenticationFailed',
      'credentialsSecretRef',
    ],
    [
      'a missing grant',
      failure('497', 'Not enough privileges'),
      'ClickHouseAuthenticationFailed',
      'GRANT SELECT ON flow_log.*',
    ],
    [
      'a missing column',
      failure('47', 'Unknown identifier biz_code'),
      'ClickHouseError',
      'biz_code',
    ],
    [
      'a refused connection',
      failure('ECONNREFUSED', 'connect ECONNREFUSED'),
      'ClickHouseUnreachable',
      'http://ch:8123',
    ],
    [
      'an answer cut short',
      new Error('the answer ended before it was complete'),
      'ClickHouseUnreachable',
      'complete',
    ],
    [
      'any other error of its own',
      failure('241', 'Memory limit exceeded'),
      'ClickHouseError',
      'Memory limit',
    ],
  ])('%s', (_name, error, reason, words) => {
    const problem = clickHouseProblem(error, 'http://ch:8123', {
      dataSource: 'flow_log.l7_flow_log',
      organizationId: 1,
    });
    expect(problem.reason).toBe(reason);
    expect(problem.message).toContain(words);
  });
});

test.each([
  ['flow_log.l7_flow_log', 2, 'table 0002_flow_log.l7_flow_log does not exist'],
  ['event.file_event', 1, 'before DeepFlow 7.1.1 it is event.perf_event'],
  ['event.perf_event', 1, 'since DeepFlow 7.1.1 it is event.file_event'],
] as const)(
  'the missing table of %s in organisation %i is named',
  (dataSource, organizationId, words) => {
    const table = { dataSource, organizationId };
    const problem = clickHouseProblem(failure('60', 'Unknown table'), 'http://ch:8123', table);
    expect(problem.message).toContain(words);
  },
);
