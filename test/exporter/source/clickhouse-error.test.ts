import { expect, test } from 'vitest';
import { clickHouseFailure } from '../../../src/exporter/source/clickhouse/clickhouse-error.ts';

const failure = (code: string | undefined, message = 'words'): Error =>
  Object.assign(new Error(message), { code });

test.each([
  ['a refused connection', failure('ECONNREFUSED'), true],
  ['a reset connection', failure('ECONNRESET'), true],
  ['a name that does not resolve', failure('ENOTFOUND'), true],
  ['a certificate that nobody trusts', failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), true],
  ['an answer that is no HTTP', failure('HPE_INVALID_CONSTANT'), true],
  ['silence', failure(undefined, 'Timeout error.'), true],
  ['an answer cut short', failure(undefined, 'the answer ended before it was complete'), true],
  ['too many queries at once', failure('202'), true],
  ['a server that shuts down', failure('236', 'Server is shutting down'), true],
  ['a shard that a server cannot reach', failure('279'), true],
  ['a query that takes too long', failure('159'), true],
  ['the memory of a server', failure('241', '(total) memory limit exceeded'), true],
  ['the memory of a query', failure('241', 'Query memory limit exceeded'), false],
  ['a missing table', failure('60'), false],
  ['a wrong password', failure('516'), false],
  ['a missing grant', failure('497'), false],
  ['an unknown column', failure('47'), false],
  ['wrong syntax', failure('62'), false],
])('whether another address may answer after %s', (_name, error, isOwn) => {
  expect(clickHouseFailure(error).isOwn).toBe(isOwn);
});
