import { describe, expect, test } from 'vitest';
import { AddressError } from '../../../../../src/exporter/source/clickhouse/errors/address-error.ts';
import { clickHouseProblem } from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-problem.ts';

const failure = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

describe('a ClickHouse error is reported as', () => {
  test.each([
    ['a missing table', failure('60', 'Unknown table'), 'TableMissing', 'flow_log.l7_flow_log'],
    [
      'a missing database',
      failure('81', 'Unknown database'),
      'TableMissing',
      'does not exist at http://ch:8123: check spec.source.clickHouse',
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
      'a limit of memory',
      failure('241', 'Memory limit exceeded'),
      'ClickHouseLimitReached',
      'raise max_memory_usage_for_user or max_server_memory_usage, or give ClickHouse more memory (MEMORY_LIMIT_EXCEEDED: Memory limit exceeded)',
    ],
    [
      'a limit of time',
      failure('159', 'Timeout exceeded'),
      'ClickHouseLimitReached',
      'ClickHouse at http://ch:8123 cancelled the query',
    ],
    ['a setting', failure('164', 'Cannot modify'), 'ClickHouseSettingRefused', 'readonly = 2'],
    [
      'a certificate',
      failure('CERT_HAS_EXPIRED', 'certificate has expired'),
      'ClickHouseCertificateRejected',
      'renew it on the server (certificate has expired)',
    ],
    [
      'a client certificate',
      failure('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'alert unknown ca'),
      'ClickHouseClientCertificateRejected',
      'clientCertificateSecretRef',
    ],
    ['a web page', failure('NOT_CLICKHOUSE', 'HTTP 404'), 'ClickHouseUnreachable', 'HTTP 404'],
    ['a server’s own plight', failure('236', 'Shutting down'), 'ClickHouseError', 'Shutting down'],
    ['any other error', failure('395', 'Value is non-zero'), 'ClickHouseError', 'non-zero'],
  ])('%s', (_name, error, reason, words) => {
    const problem = clickHouseProblem(new AddressError(['http://ch:8123'], error, false), {
      dataSource: 'flow_log.l7_flow_log',
      organizationId: 1,
    });
    expect(problem.reason).toBe(reason);
    expect(problem.message).toContain(words);
  });
});

test.each([
  ['flow_log.l7_flow_log', 2, 'table 0002_flow_log.l7_flow_log does not exist'],
  ['event.file_event', 1, 'before DeepFlow 7.1.1 the table is event.perf_event'],
  ['event.perf_event', 1, 'since DeepFlow 7.1.1 the table is event.file_event'],
] as const)(
  'the missing table of %s in organisation %i is named',
  (dataSource, organizationId, words) => {
    const table = { dataSource, organizationId };
    const error = new AddressError(['http://ch:8123'], failure('60', 'Unknown table'), false);
    const problem = clickHouseProblem(error, table);
    expect(problem.message).toContain(words);
  },
);

test('every address is named when all fail', () => {
  const refused = failure('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:8123');
  const error = new AddressError(['http://ch-0:8123', 'http://ch-1:8123'], refused, true);
  expect(
    clickHouseProblem(error, { dataSource: 'flow_log.l7_flow_log', organizationId: 1 }),
  ).toEqual({
    reason: 'ClickHouseUnreachable',
    message:
      'ClickHouse at http://ch-0:8123, http://ch-1:8123 refuses connections: check spec.source.clickHouse, and that ClickHouse runs and listens there (connect ECONNREFUSED 10.0.0.1:8123)',
  });
});
