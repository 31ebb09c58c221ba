import { describe, expect, it, test } from 'vitest';
import { compileRecordTest } from '../../../src/deepflow/filters/predicate/record-test.ts';
import type { TagFilter } from '../../../src/deepflow/filters/record-filter.ts';

const RECORD = {
  l7_protocol: 'HTTP',
  response_code: 503,
  is_tls: true,
  request_resource: '/api/orders',
  attribute_names: ['a.b', 'c'],
  nothing: null,
  nested: { a: 'HTTP' },
};

const filter = (
  fieldName: string,
  operator: TagFilter['operator'],
  ...fieldValues: string[]
): TagFilter => ({ fieldName, operator, fieldValues });

describe('a filter of records', () => {
  it.each<[string, TagFilter, boolean]>([
    ['compares text', filter('l7_protocol', '=', 'HTTP'), true],
    ['compares the whole text', filter('l7_protocol', '=', 'HTT'), false],
    ['compares numbers by their text', filter('response_code', '=', '503'), true],
    ['compares truth values by their text', filter('is_tls', '=', 'true'), true],
    ['passes if one of its values is equal', filter('l7_protocol', 'in', 'DNS', 'HTTP'), true],
    ['passes with a negation if none is equal', filter('l7_protocol', 'not in', 'DNS'), true],
    ['fails with a negation if it is equal', filter('l7_protocol', '!=', 'HTTP'), false],
    ['matches wildcards', filter('request_resource', ':', '/api/*'), true],
    ['matches wildcards to the whole text', filter('request_resource', ':', 'api/*'), false],
    ['matches a regex anywhere', filter('request_resource', '~', 'ord'), true],
    ['fails with a negated regex that matches', filter('request_resource', '!~', '^/api'), false],
    ['looks at each element of a list', filter('attribute_names', '=', 'c'), true],
    ['fails without the name', filter('missing', '=', ''), false],
    ['passes with a negation without the name', filter('missing', '!=', 'x'), true],
    ['finds nothing in null', filter('nothing', ':', '*'), false],
    ['finds nothing in an object', filter('nested', '~', 'HTTP'), false],
  ])('%s', (_name, each, passes) => {
    expect(compileRecordTest([each])(RECORD)).toBe(passes);
  });

  it('passes only if all pass', () => {
    const http = filter('l7_protocol', '=', 'HTTP');
    expect(compileRecordTest([http, filter('response_code', '=', '503')])(RECORD)).toBe(true);
    expect(compileRecordTest([http, filter('response_code', '=', '200')])(RECORD)).toBe(false);
  });
});

test('without filters every record passes', () => {
  expect(compileRecordTest([])({})).toBe(true);
});
