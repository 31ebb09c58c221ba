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
    const problem = clickHouseProblem(error, 'http://ch:8123', 'flow_log.l7_flow_log');
    expect(problem.reason).toBe(reason);
    expect(problem.message).toContain(words);
  });
});
