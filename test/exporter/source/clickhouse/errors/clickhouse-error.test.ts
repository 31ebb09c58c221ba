import { describe, expect, test } from 'vitest';
import {
  clickHouseFailure,
  type ClickHouseFailure,
} from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-error.ts';
import { CLICKHOUSE_CODES } from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-codes.ts';

const failure = (code: string | undefined, message = 'words'): Error =>
  Object.assign(new Error(message), { code });

type Row = readonly [string, Error, ClickHouseFailure['kind'], boolean, string];

describe('the meaning of an error, whether another address may answer, and the remedy:', () => {
  test.each<Row>([
    ['a refused connection', failure('ECONNREFUSED'), 'unreachable', true, 'ClickHouse runs'],
    ['a reset connection', failure('ECONNRESET'), 'unreachable', true, 'write https://'],
    ['a name that does not exist', failure('ENOTFOUND'), 'unreachable', true, 'host name'],
    ['a DNS that does not answer', failure('EAI_AGAIN'), 'unreachable', true, 'DNS of the cluster'],
    ['no route', failure('EHOSTUNREACH'), 'unreachable', true, 'cannot be reached'],
    ['no connection in time', failure('NO_CONNECTION'), 'unreachable', true, 'NetworkPolicies'],
    ['silence at /ping', failure('SILENT'), 'silent', true, 'hangs, is stopped or lacks CPU'],
    ['silence of a query', failure(undefined, 'Timeout error.'), 'unreachable', true, 'network'],
    ['an answer cut short', failure('CUT'), 'unreachable', true, 'broke off an answer'],
    ['other bytes', failure('GARBLED'), 'foreign', true, 'drops settings from the URL'],
    ['an error that nobody knows', failure(undefined), 'unreachable', true, 'the network'],
    ['a web page', failure('NOT_CLICKHOUSE'), 'foreign', true, 'host, port and path'],
    ['a proxy without a server', failure('BAD_GATEWAY'), 'unreachable', true, 'and the proxy'],
    ['the native port', failure('NATIVE_PORT'), 'foreign', true, '8123'],
    ['http:// to a port of TLS', failure('TLS_PORT'), 'foreign', true, 'write https://'],
    ['bytes that are no HTTP', failure('HPE_INVALID_CONSTANT'), 'foreign', true, '8443'],
    [
      'https:// to a port without TLS',
      failure('ERR_SSL_WRONG_VERSION_NUMBER'),
      'foreign',
      true,
      'write http://',
    ],
    [
      'an authority that is not trusted',
      failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      'certificate',
      true,
      'tls.caSecretRef',
    ],
    [
      'a self-signed certificate',
      failure('DEPTH_ZERO_SELF_SIGNED_CERT'),
      'certificate',
      true,
      'tls.caSecretRef',
    ],
    ['an expired certificate', failure('CERT_HAS_EXPIRED'), 'certificate', true, 'renew it'],
    ['a certificate of tomorrow', failure('CERT_NOT_YET_VALID'), 'certificate', true, 'clocks'],
    [
      'a certificate of another name',
      failure('ERR_TLS_CERT_ALTNAME_INVALID'),
      'certificate',
      true,
      'tls.serverName',
    ],
    [
      'a server that wants a client certificate',
      failure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      'client-certificate',
      true,
      'tls.clientCertificateSecretRef',
    ],
    ['other trouble of TLS', failure('ERR_SSL_NO_SHARED_CIPHER'), 'unreachable', true, 'versions'],
    ['too many queries at once', failure('202'), 'limit', true, 'max_concurrent_queries'],
    ['a server that shuts down', failure('236'), 'server', true, 'shuts down'],
    ['a shard that a server cannot reach', failure('279'), 'server', true, 'its cluster'],
    ['a query that takes too long', failure('159'), 'time', true, 'max_execution_time'],
    ['a query that is too slow', failure('160'), 'time', true, 'more CPU'],
    ['a quota that is spent', failure('201'), 'limit', true, 'ALTER QUOTA'],
    ['the memory of a server', failure('241', '(total) exceeded'), 'memory', true, 'more memory'],
    [
      'the memory of a query',
      failure('241', 'Query exceeded'),
      'memory',
      false,
      'max_memory_usage',
    ],
    ['too many rows', failure('158'), 'limit', false, 'max_rows_to_read = 0'],
    ['too many bytes', failure('307'), 'limit', false, 'max_bytes_to_read = 0'],
    ['an answer that is too large', failure('396'), 'limit', false, 'max_result_rows = 0'],
    ['a server that is too old', failure('115'), 'setting', false, 'must be 23.6 or newer'],
    ['a user with readonly = 1', failure('164'), 'setting', false, 'readonly = 2'],
    ['a constraint on a setting', failure('452'), 'setting', false, 'remove the constraint'],
    ['a missing table', failure('60'), 'missing', false, 'DeepFlow has created it'],
    ['a wrong password', failure('516'), 'authentication', false, 'credentialsSecretRef'],
    ['a host that may not log in', failure('195'), 'authentication', false, 'HOST ANY'],
    ['a user whose time is over', failure('720'), 'authentication', false, 'VALID UNTIL'],
    ['a missing grant', failure('497'), 'access-denied', false, 'grant SELECT'],
    ['an unknown column', failure('47'), 'unknown-column', false, 'upgrade of DeepFlow'],
    ['another type', failure('53'), 'query', false, 'was altered'],
    ['wrong syntax', failure('62'), 'query', false, 'report this'],
    ['a proxy that drops parameters', failure('456'), 'query', false, 'parameters of the URL'],
    ['a query that somebody ended', failure('735'), 'server', true, 'KILL QUERY'],
    ['a code that is not in the table', failure('395'), 'other', false, 'answered with an error'],
  ])('%s', (_name, error, kind, isOwn, words) => {
    const found = clickHouseFailure(error);
    expect(found).toMatchObject({ kind, isOwn });
    expect(found.words).toContain(words);
  });
});

test('several tries to connect to one name are reported with the message of each', () => {
  const tries = [
    failure('ETIMEDOUT', 'connect ETIMEDOUT fd00::1:8123'),
    failure('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:8123'),
  ];
  const error = Object.assign(new AggregateError(tries, ''), { code: 'ECONNREFUSED' });
  expect(clickHouseFailure(error).message).toBe(
    'connect ETIMEDOUT fd00::1:8123; connect ECONNREFUSED 10.0.0.1:8123',
  );
});

test('a message that is long or has several lines is truncated', () => {
  const long = failure('395', `${'x'.repeat(1_000)}\nsecond line`);
  expect(clickHouseFailure(long).message).toBe('x'.repeat(300));
});

test('every code completes the sentence, and its message has ClickHouse’s own name of the code', () => {
  for (const [code, { name, words }] of CLICKHOUSE_CODES) {
    expect(words, name).toMatch(/^[a-z].*[^.]$/);
    expect(clickHouseFailure(failure(code, 'words')).message).toBe(`${name}: words`);
  }
});
