import { describe, expect, test } from 'vitest';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import type { TagFilter } from '../../../src/deepflow/filters/record-filter.ts';
import { validateFilter } from '../../../src/deepflow/filters/validate-filter.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const MAP = 'flow_metrics.network_map.1m';

function on(
  fieldName: string,
  operator: TagFilter['operator'],
  ...fieldValues: string[]
): TagFilter {
  return { fieldName, operator, fieldValues };
}

function problems(
  filter: TagFilter,
  dataSources: readonly DataSource[],
  rules: 'Documented' | 'Compatible',
): readonly string[] {
  return [
    ...validateFilter(
      { condition: 'and', tagFilters: [filter], tagFilterGroups: [] },
      dataSources,
      rules,
    ),
  ];
}

describe('by the rules of Documented, a filter is refused with', () => {
  test.each<[string, TagFilter, readonly DataSource[], string]>([
    [
      'a misspelt field',
      on('server_prot', '=', '1'),
      [L7],
      'fieldName: must be a field of the data sources, but is "server_prot"; the nearest is "server_port"',
    ],
    [
      'the key of a translated record',
      on('region_0', '=', '1'),
      [L7],
      'fieldName: must be a field of the data sources, but is "region_0"; the nearest is "region_id_0"',
    ],
    [
      'a field that one of the data sources lacks',
      on('request_type', '=', 'GET'),
      [L7, L4],
      'fieldName: must be a field of every data source, but flow_log.l4_flow_log has no "request_type"; export flow_log.l4_flow_log with a separate KafkaExporter',
    ],
    [
      'a field of files for events of processes',
      on('file_name', '=', 'a'),
      ['event.proc_ops_event'],
      'fieldName: must be a field of the data sources, but is "file_name"; the nearest is "time"',
    ],
    [
      'text for a number',
      on('server_port', '=', '80', 'http'),
      [L7],
      'fieldValues[1]: must be a whole number, but is "http"',
    ],
    [
      'a misspelt name of a code',
      on('l7_protocol', '=', 'http'),
      [L7],
      'fieldValues[0]: must be a code or a name such as "HTTP", but is "http"',
    ],
    [
      'a wrong address',
      on('ip4_0', '=', '10.0.0.256'),
      [L7],
      'fieldValues[0]: must be an IPv4 address such as 10.0.0.1, but is "10.0.0.256"',
    ],
    [
      'a wrong IPv6 address',
      on('ip6_0', '=', '10.0.0.1'),
      [L7],
      'fieldValues[0]: must be an IPv6 address, but is "10.0.0.1"',
    ],
    [
      'a wrong MAC address',
      on('mac_0', '=', '0a-00'),
      [L4],
      'fieldValues[0]: must be a MAC address such as 0a:00:00:00:00:01, but is "0a-00"',
    ],
    [
      'text for numbers',
      on('metrics_values', '=', 'x'),
      [L7],
      'fieldValues[0]: must be a number, but is "x"',
    ],
    [
      'a pattern that RE2 lacks',
      on('request_domain', '~', 'a', '(?!x)'),
      [L7],
      'fieldValues[1]: the pattern has a look-around (?=, (?!, (?<= or (?<!, which RE2 does not support',
    ],
    [
      'a long wildcard',
      on('request_domain', ':', 'a'.repeat(1_001)),
      [L7],
      'fieldValues[0]: the pattern is longer than 1000 characters',
    ],
  ])('%s', (_name, filter, dataSources, problem) => {
    expect(problems(filter, dataSources, 'Documented')).toEqual([`tagFilters[0].${problem}`]);
  });

  test.each<[string, TagFilter, readonly DataSource[]]>([
    ['the key that the field has in a record', on('region_id_0', '=', '1'), [MAP, L7]],
    ['a name without a side, for a data source with two sides', on('region_id', '=', '1'), [MAP]],
    ['a name of a code', on('l7_protocol', '=', 'HTTP', '60'), [L7]],
    ['characters of a regex in a wildcard', on('request_domain', ':', '(*['), [L7]],
    ['a large number', on('flow_id', '=', '18446744073709551615'), [L7]],
    ['an empty text for a field with text', on('request_domain', '=', ''), [L7]],
  ])('but not with %s', (_name, filter, dataSources) => {
    expect(problems(filter, dataSources, 'Documented')).toEqual([]);
  });
});

describe('by the rules of Compatible', () => {
  test.each<[string, TagFilter, readonly DataSource[], readonly string[]]>([
    ['one data source with the field is enough', on('request_type', '=', 'GET'), [L7, L4], []],
    [
      'a map cannot be filtered by the key that a field has in its record',
      on('region_id_0', '=', '1'),
      [MAP],
      [
        'tagFilters[0].fieldName: must be a field of the data sources, but is "region_id_0"; the nearest is "region_id"',
      ],
    ],
    [
      'text for a number is accepted, as the server accepts it',
      on('server_port', '=', 'x'),
      [L7],
      [],
    ],
    [
      'a wildcard must be a regex',
      on('request_domain', ':', '(*'),
      [L7],
      ['tagFilters[0].fieldValues[0]: the pattern has a "(" without a ")"'],
    ],
  ])('%s', (_name, filter, dataSources, expected) => {
    expect(problems(filter, dataSources, 'Compatible')).toEqual(expected);
  });
});

test('a problem in a group is reported with its path', () => {
  const filter = {
    condition: 'and' as const,
    tagFilters: [],
    tagFilterGroups: [{ condition: 'or' as const, tagFilters: [on('server_port', '=', 'x')] }],
  };
  expect([...validateFilter(filter, [L7], 'Documented')]).toEqual([
    'tagFilterGroups[0].tagFilters[0].fieldValues[0]: must be a whole number, but is "x"',
  ]);
});
