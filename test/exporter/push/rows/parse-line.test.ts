import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fieldsOf } from '../../../../src/deepflow/fields/fields.ts';
import { DATA_SOURCES } from '../../../../src/deepflow/data-sources.ts';
import { columnTypes } from '../../../../src/exporter/push/rows/column-type.ts';
import { isRow, parseLine } from '../../../../src/exporter/push/rows/parse-line.ts';
import { timeReader } from '../../../../src/exporter/push/rows/parse-time.ts';
import { tableNamed } from '../../../harness/generator/tables.ts';

const L7 = columnTypes('flow_log.l7_flow_log', timeReader('UTC'));
const TIME = '"time":1700000000';

/** The value of a column of a line with this content, or the problem of the line. */
function valueIn(column: string, json: string): unknown {
  const types = ['time', column].flatMap((name) => L7.get(name) ?? []);
  const parsed = parseLine(`{${[TIME, json].filter((part) => part !== '').join(',')}}`, types);
  return isRow(parsed) ? parsed[1] : parsed.reason;
}

describe('a value', () => {
  test.each<[string, string, string, unknown]>([
    ['an integer', 'server_port', '"server_port":8080', 8080],
    ['an integer as text', 'server_port', '"server_port":"8080"', 8080],
    ['a 64-bit integer', 'flow_id', '"flow_id":18446744073709551615', 18446744073709551615n],
    ['one as text', 'flow_id', '"flow_id":"9007199254740993"', 9007199254740993n],
    ['text', 'request_domain', '"request_domain":"é\\n"', 'é\n'],
    ['text that was a number', 'trace_id', '"trace_id":17', '17'],
    ['a list of texts', 'attribute_names', '"attribute_names":["a",""]', ['a', '']],
    [
      'a list with what JSON cannot say',
      'metrics_values',
      '"metrics_values":[1,null]',
      [1, Number.NaN],
    ],
    ['an IPv4 address', 'ip4_0', '"ip4_0":"10.0.0.1"', 167772161],
    ['an IPv4 address as a number', 'ip4_0', '"ip4_0":167772161', 167772161],
    ['an IPv6 address', 'ip6_0', '"ip6_0":"2001:DB8:0::1"', '2001:db8::1'],
    ['microseconds', 'end_time', '"end_time":1700000000000001', 1700000000000001n],
    ['a time', 'end_time', '"end_time":"2023-11-14 22:13:20.000001"', 1700000000000001n],
    ['nothing', 'server_port', '', 0],
    ['no text', 'request_domain', '', ''],
    ['no list', 'attribute_names', '', []],
    ['nothing where NULL may be', 'response_code', '', null],
    ['null where NULL may be', 'response_code', '"response_code":null', null],
    ['null where it may not', 'server_port', '"server_port":null', 0],
    ['what else a line has', 'server_port', '"nobody_knows":{"a":[1]},"server_port":1', 1],
  ])('can be %s', (_name, column, json, value) => {
    expect(valueIn(column, json)).toEqual(value);
  });

  test.each([
    ['server_port', '"server_port":65536', 'an integer of 0 to 65535, but is 65536'],
    ['server_port', '"server_port":-1', 'an integer of 0 to 65535, but is -1'],
    ['server_port', '"server_port":1.5', 'an integer of 0 to 65535, but is 1.5'],
    ['server_port', '"server_port":"http"', 'an integer of 0 to 65535, but is "http"'],
    [
      'flow_id',
      '"flow_id":18446744073709551616',
      '18446744073709551615, but is "18446744073709551616"',
    ],
    ['request_domain', '"request_domain":["a"]', 'text, but is ["a"]'],
    ['attribute_names', '"attribute_names":"a"', 'a list of texts, but is "a"'],
    ['metrics_values', '"metrics_values":["a"]', 'a list of numbers, but is ["a"]'],
    ['ip4_0', '"ip4_0":"10.0.0.256"', 'an IPv4 address, but is "10.0.0.256"'],
    ['ip6_0', '"ip6_0":"10.0.0.1"', 'an IPv6 address, but is "10.0.0.1"'],
    [
      'end_time',
      '"end_time":"yesterday"',
      'microseconds since 1970, after 1973, but is "yesterday"',
    ],
    ['end_time', '"end_time":1700000000', 'after 1973, but is 1700000000'],
    ['start_time', '"start_time":1700000000000', 'after 1973, but is 1700000000000'],
  ])('%s must fit', (column, json, problem) => {
    expect(valueIn(column, json)).toContain(`${column} must be `);
    expect(valueIn(column, json)).toContain(problem);
  });
});

describe('a line', () => {
  test.each([
    ['no JSON', '{"time":', 'notJson', 'must be a JSON object, but is not valid JSON: '],
    ['no object', '[1]', 'notJson', 'must be a JSON object, but is [1]'],
    ['null', 'null', 'notJson', 'must be a JSON object, but is null'],
    [
      'no time',
      '{}',
      'noTime',
      'time must be a time such as "2026-01-31 08:00:00", or seconds since 1970, after 1973, but is missing',
    ],
    ['null as its time', '{"time":null}', 'noTime', 'but is null'],
    ['a time before 1970', '{"time":-1}', 'noTime', 'but is -1'],
    ['a wrong time', '{"time":"soon"}', 'noTime', 'but is "soon"'],
    ['a time of 1970', '{"time":1}', 'noTime', 'after 1973, but is 1'],
  ])('with %s is rejected with the reason', (_name, text, kind, reason) => {
    expect(parseLine(text, [...L7.values()])).toMatchObject({
      kind,
      reason: expect.stringContaining(reason) as string,
    });
  });

  test.each([
    ['without an end time', '{"time":1700000000}'],
    ['with null as its end time', '{"time":1700000000,"end_time":null}'],
    ['with 0 as its end time', '{"time":1700000000,"end_time":0}'],
    ['with a time as text', '{"time":"2023-11-14 22:13:20"}'],
  ])('%s ends at its time, so that its record does not have a timestamp of 1970', (_name, text) => {
    const columns = [...L7.values()];
    const row = parseLine(text, columns);
    const at = columns.findIndex(({ name }) => name === 'end_time');
    expect(Array.isArray(row) && row[at]).toBe(1_700_000_000_000_000n);
  });

  test('quotes only the beginning of a long wrong value', () => {
    const parsed = parseLine(`{"time":${JSON.stringify('x'.repeat(1_000))}}`, [...L7.values()]);
    expect(JSON.stringify(parsed).length).toBeLessThan(250);
  });
});

test.each(DATA_SOURCES)('%s has the columns and types of its table', (dataSource) => {
  const types = columnTypes(dataSource, timeReader('UTC'));
  const stored = fieldsOf(dataSource).filter(({ isStored }) => isStored);
  expect(new Set(types.keys())).toEqual(new Set(stored.map(({ column }) => column)));
  for (const { name, type } of tableNamed(dataSource).columns) {
    const found = types.get(name);
    if (found === undefined) continue;
    const bits = /^(?:Nullable\()?(U?Int\d+)/.exec(type)?.[1];
    if (bits !== undefined && found.storage !== 'float') {
      const [sign, size] = [bits.startsWith('U') ? 0n : 1n, BigInt(bits.replace(/\D+/, ''))];
      const max = 2n ** (size - sign) - 1n;
      expect([name, found.read(String(max)) === undefined]).toEqual([name, false]);
      expect([name, found.read(String(max + 1n)) === undefined]).toEqual([name, true]);
    }
    expect([name, found.absent === null]).toEqual([name, type.startsWith('Nullable')]);
  }
});

test('docs/http-push.md names every column whose name differs from its field', () => {
  const page = readFileSync(new URL('../../../../docs/http-push.md', import.meta.url), 'utf8');
  const renamed = DATA_SOURCES.flatMap(fieldsOf).filter(
    ({ column, form, isStored, key }) => isStored && form !== 'workload_type' && column !== key,
  );
  expect(renamed.length).toBeGreaterThan(0);
  for (const { key, column } of renamed) {
    expect(page).toMatch(new RegExp(`^\\| .*\`${key}\`.* \\| .*\`${column}\``, 'm'));
  }
});
