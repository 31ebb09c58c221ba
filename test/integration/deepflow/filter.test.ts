import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../../src/deepflow/filters/sql/compile-filter.ts';
import { type DataSource, tableOf } from '../../../src/deepflow/data-sources.ts';
import { compilePredicate } from '../../../src/deepflow/filters/predicate/compile-predicate.ts';
import type { FilterContext } from '../../../src/deepflow/filters/filter-value.ts';
import type { RecordFilter, TagFilter } from '../../../src/deepflow/filters/record-filter.ts';
import { sqlIdentifier, sqlMatch } from '../../../src/deepflow/sql-literal.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { OTHER_PATTERNS, RE2_PATTERNS } from '../../deepflow/filters/re2/re2-patterns.ts';
import { createSchema } from '../../harness/generator/generate.ts';
import { storedRows } from './stored-rows.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const NETWORK = 'flow_metrics.network.1m';
const NETWORK_MAP = 'flow_metrics.network_map.1m';
const PROCESS = 'event.proc_ops_event';

/** Rows by data source and name; `_id`, or `byte_tx` where there is none, counts them from 1. */
const ROWS: Readonly<Partial<Record<DataSource, Readonly<Record<string, object>>>>> = {
  [L7]: {
    web: {
      server_port: 8080,
      request_domain: 'shop.example.com',
      response_code: 200,
      l7_protocol: 20,
      flow_id: '9007199254740993',
      ip4_0: '10.0.0.1',
      observation_point: 'c',
      attribute_names: ['tier', 'note'],
      metrics_values: [0.25, 1e21],
      request_length: 5_000_000_000,
      start_time: '2001-09-09 09:46:41.000002',
      pod_group_id_0: 1,
    },
    database: {
      server_port: 3306,
      request_domain: 'shopXexampleYcom',
      l7_protocol: 60,
      flow_id: '9007199254740992',
      ip4_0: '10.0.0.2',
      observation_point: 's-p',
      span_kind: 3,
    },
    other: {
      server_port: 443,
      request_domain: "it's\n50%_\\",
      flow_id: '18446744073709551615',
      ip6_0: '2001:db8::1',
      observation_point: 'weird',
      response_code: -1,
    },
  },
  [L4]: {
    big: { mac_0: '11141120000001', rtt: 8080, close_type: 5, init_ipid: 7 },
    small: { mac_0: '1', rtt: 3, close_type: 77 },
  },
  [NETWORK]: { one: { region_id: 5, byte_tx: 1, role: 1 }, two: { region_id: 6, byte_tx: 2 } },
  [NETWORK_MAP]: { one: { region_id_0: 5, byte_tx: 1 }, two: { region_id_0: 6, byte_tx: 2 } },
  [PROCESS]: { only: { event_type: 'proclifecyclefork' } },
};

let clickHouse: ClickHouseHandle;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  for (const [dataSource, rows] of Object.entries(ROWS)) {
    const dot = dataSource.indexOf('.');
    const table = `${dataSource.slice(0, dot)}.${sqlIdentifier(dataSource.slice(dot + 1))}`;
    // ClickHouse drops rows that are older than the tables' TTL.
    const time = Math.floor(Date.now() / 1000);
    const counted = Object.values(rows).map((row, i) =>
      dataSource.startsWith('flow_metrics') ? { time, ...row } : { time, _id: i + 1, ...row },
    );
    await clickHouse.insert(table, counted);
  }
});

afterAll(async () => {
  await clickHouse.stop();
});

type Change = Partial<RecordFilter>;
type Rules = FilterContext['rules'];

function on(
  fieldName: string,
  operator: TagFilter['operator'],
  ...fieldValues: string[]
): TagFilter {
  return { fieldName, operator, fieldValues };
}

function group(
  condition: 'and' | 'or',
  ...tagFilters: TagFilter[]
): RecordFilter['tagFilterGroups'][0] {
  return { condition, tagFilters };
}

/** Names of the rows that pass: those of the SQL and of the predicate must be the same. */
async function passing(
  change: Change,
  dataSource: DataSource,
  context: Partial<FilterContext> & { readonly rules: Rules },
): Promise<string[]> {
  const filter: RecordFilter = {
    condition: 'and',
    tagFilters: [],
    tagFilterGroups: [],
    ...change,
  };
  const { where } = compileFilter(filter, dataSource, { organizationId: 1, ...context });
  const { database, table } = tableOf(dataSource);
  const key = dataSource.startsWith('flow_metrics') ? 'byte_tx' : '_id';
  const answer = await clickHouse.query(
    `SELECT ${key} FROM ${database}.${sqlIdentifier(table)} WHERE ${where ?? '1'} ORDER BY ${key} FORMAT JSONCompactEachRow`,
  );
  const names = Object.keys(ROWS[dataSource] ?? {});
  const found = answer
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => names[Number(/\d+/.exec(line)?.[0]) - 1] ?? line);
  // No row has the type of a workload, which ClickHouse looks up.
  if (!JSON.stringify(filter).includes('pod_group_type')) {
    const rows = await storedRows(clickHouse, dataSource, key);
    const passes = compilePredicate(filter, dataSource, { organizationId: 1, ...context });
    expect(names.filter((_, i) => passes?.(rows[i] ?? NO_ROW) ?? true)).toEqual(found);
  }
  return found;
}

const NO_ROW = (): undefined => undefined;

const ALL = ['web', 'database', 'other'];

describe('by the rules of Documented', () => {
  test.each<[string, TagFilter, readonly string[]]>([
    ['= is any of the values', on('server_port', '=', '8080', '443'), ['web', 'other']],
    ['in is the same', on('server_port', 'in', '8080', '443'), ['web', 'other']],
    ['!= is none of the values', on('server_port', '!=', '8080', '443'), ['database']],
    ['not in is the same', on('server_port', 'not in', '8080', '443'), ['database']],
    ['64-bit numbers are exact', on('flow_id', '=', '9007199254740993'), ['web']],
    ['the largest number is exact', on('flow_id', '=', '18446744073709551615'), ['other']],
    [
      'numbers that cannot be equal nothing',
      on('server_port', '=', '-1', '70000', '1e3', '99999999999999999999999'),
      [],
    ],
    [
      'and are unequal to everything',
      on('server_port', '!=', '-1', '70000', '99999999999999999999999'),
      ALL,
    ],
    ['negative numbers are numbers', on('response_code', '=', '-1'), ['other']],
    ['leading zeros do not matter', on('server_port', '=', '0443'), ['other']],
    ['NULL equals nothing', on('response_code', '=', '0'), []],
    ['NULL is unequal to everything', on('response_code', '!=', '200'), ['database', 'other']],
    ['NULL matches nothing', on('response_code', '~', '.*'), ['web', 'other']],
    ['NULL does not match', on('response_code', '!~', '^2'), ['database', 'other']],
    ['names of codes count', on('l7_protocol', '=', 'HTTP'), ['web']],
    ['codes count as well', on('l7_protocol', 'in', '20', 'MySQL'), ['web', 'database']],
    ['names of nullable codes count', on('span_kind', '=', 'SPAN_KIND_CLIENT'), ['database']],
    ['names of codes that are texts count', on('observation_point', '=', 'Client NIC'), ['web']],
    ['texts that are codes count', on('observation_point', '!=', 'c'), ['database', 'other']],
    ['patterns match names of codes', on('l7_protocol', '~', '^My'), ['database']],
    ['patterns match names of nullable codes', on('span_kind', ':', '*CLIENT'), ['database']],
    ['wildcards are whole values', on('request_domain', ':', 'shop'), []],
    ['wildcards take signs as they are', on('request_domain', ':', 'shop.*.com'), ['web']],
    ['wildcards match line breaks', on('request_domain', ':', "it's*"), ['other']],
    ['wildcards take SQL signs as they are', on('request_domain', ':', '*50%_\\'), ['other']],
    ['a percent sign is no wildcard', on('request_domain', ':', 'shop%'), []],
    [
      'every wildcard of the list counts',
      on('request_domain', ':', 'a*', '*com'),
      ['web', 'database'],
    ],
    ['!: is none of the wildcards', on('request_domain', '!:', 'a*', '*com'), ['other']],
    ['regexes match anywhere', on('request_domain', '~', 'X|Y'), ['database']],
    [
      'every regex of the list counts',
      on('request_domain', '~', '^a', 'com$'),
      ['web', 'database'],
    ],
    ['!~ is none of the regexes', on('request_domain', '!~', '^a', 'com$'), ['other']],
    ['the dot matches no line break', on('request_domain', '~', 's.50'), []],
    ['unless told to', on('request_domain', '~', '(?s)s.50'), ['other']],
    ['wildcards match decimal numbers', on('server_port', ':', '80*'), ['web']],
    ['regexes match decimal numbers', on('server_port', '!~', '^80'), ['database', 'other']],
    ['quotes stay in their text', on('request_domain', '=', "it's\n50%_\\"), ['other']],
    ['SQL stays in its text', on('request_domain', '=', "' OR 1 --", "\\' OR 1 --"), []],
    ['SQL stays in its pattern', on('request_domain', '~', "\\\\' OR 1 --"), []],
    ['IPv4 addresses are texts', on('ip4_0', '=', '10.0.0.1'), ['web']],
    ['or decimal numbers', on('ip4_0', '=', '167772162'), ['database']],
    ['IPv4 wildcards match the text', on('ip4_0', ':', '10.0.*'), ['web', 'database']],
    ['IPv6 addresses are compared as such', on('ip6_0', '=', '2001:DB8:0::1'), ['other']],
    ['text that is no IPv6 address equals none', on('ip6_0', '!=', 'x'), ALL],
    ['IPv6 patterns match the text', on('ip6_0', '~', '^2001:db8::1$'), ['other']],
    ['any element of an array may be equal', on('attribute_names', '=', 'note'), ['web']],
    ['none of an array may be equal', on('attribute_names', '!=', 'note'), ['database', 'other']],
    ['any element of an array may match', on('attribute_names', ':', 'ti*'), ['web']],
    ['numbers of an array are compared as numbers', on('metrics_values', '=', '0.250'), ['web']],
    ['large ones too', on('metrics_values', '=', '1e21'), ['web']],
    ['times are microseconds', on('start_time', '=', '1000000001000002'), ['web']],
    ['the organisation is a constant', on('org_id', '=', '1'), ALL],
    ['of which no record differs', on('org_id', '!=', '1'), []],
    ['lengths are whole', on('request_length', '=', '5000000000'), ['web']],
    ['an empty list equals nothing', on('server_port', '='), []],
    ['and is unequal to everything', on('server_port', '!='), ALL],
    [
      'the type of the workload comes from its dictionary',
      on('pod_group_type_0', '=', 'StatefulSet'),
      ['web'],
    ],
  ])('%s', async (_rule, filter, rows) => {
    expect(await passing({ tagFilters: [filter] }, L7, { rules: 'Documented' })).toEqual(rows);
  });

  const [web, database] = [on('server_port', '=', '8080'), on('server_port', '=', '3306')];
  test.each<[string, Change, readonly string[]]>([
    ['no filter passes every record', {}, ALL],
    ['and needs every filter', { tagFilters: [web, database] }, []],
    ['or needs one filter', { condition: 'or', tagFilters: [web, database] }, ['web', 'database']],
    ['or rejects what passes none', { condition: 'or', tagFilters: [web] }, ['web']],
    [
      'one group must pass',
      { tagFilterGroups: [group('and', web), group('and', database)] },
      ['web', 'database'],
    ],
    [
      'a group that nothing passes is forgotten after another',
      { tagFilterGroups: [group('and', web), group('and', on('server_port', '=', '1'))] },
      ['web'],
    ],
    [
      'and before it',
      { tagFilterGroups: [group('and', on('server_port', '=', '1')), group('and', web)] },
      ['web'],
    ],
    [
      'a group combines by its own condition',
      { tagFilterGroups: [group('or', web, database)] },
      ['web', 'database'],
    ],
    [
      'tagFilters and the groups must pass',
      {
        tagFilters: [on('server_port', '!=', '8080')],
        tagFilterGroups: [group('or', web, database)],
      },
      ['database'],
    ],
    [
      'alternatives stay in their brackets',
      { condition: 'or', tagFilters: [web, database], tagFilterGroups: [group('and', web)] },
      ['web'],
    ],
  ])('%s', async (_rule, change, rows) => {
    expect(await passing(change, L7, { rules: 'Documented' })).toEqual(rows);
  });

  test.each<[string, DataSource, TagFilter, readonly string[]]>([
    ['MAC addresses are texts', L4, on('mac_0', '=', '00:00:00:00:00:01'), ['small']],
    ['in either case', L4, on('mac_0', '=', '0A:21:FE:80:00:01'), ['big']],
    ['MAC patterns match the text', L4, on('mac_0', ':', '0a:21:*'), ['big']],
    ['sums are integers', L4, on('rtt', '~', '^8080$'), ['big']],
    ['a field has the name of the filter', NETWORK_MAP, on('region_id', '=', '5'), ['one']],
    ['and that of the record', NETWORK_MAP, on('region_id_0', '=', '5'), ['one']],
  ])('%s', async (_rule, dataSource, filter, rows) => {
    expect(await passing({ tagFilters: [filter] }, dataSource, { rules: 'Documented' })).toEqual(
      rows,
    );
  });

  test('a column that an older server lacks counts as empty', async () => {
    const missingColumns = new Set(['server_port', 'request_domain', 'attribute_names', 'ip6_0']);
    const tagFilters = [
      on('server_port', '=', '0'),
      on('request_domain', '=', ''),
      on('attribute_names', '!=', 'note'),
      on('ip6_0', '=', '::'),
    ];
    expect(await passing({ tagFilters }, L7, { rules: 'Documented', missingColumns })).toEqual(ALL);
  });
});

describe('by the rules of Compatible', () => {
  test.each<[string, TagFilter, readonly string[]]>([
    ['= is any of the values', on('server_port', '=', '8080', '443'), ['web', 'other']],
    ['!= is none of the values', on('server_port', '!=', '8080', '443'), ['database']],
    ['numbers are equal as floats', on('server_port', '=', '8.08e3'), ['web']],
    ['!= 8080.0 lets 8080 pass, as its text differs', on('server_port', '!=', '8080.0'), ALL],
    ['!= with a text among the numbers lets all pass', on('server_port', '!=', '8080', 'abc'), ALL],
    [
      '= with a text after a number goes by the text of the number',
      on('server_port', '=', '8080', 'abc'),
      ['web'],
    ],
    ['= with a text after a number forgets the float', on('server_port', '=', '8080.0', 'abc'), []],
    [
      '= with a text before a number keeps the float',
      on('server_port', '=', 'abc', '8080.0'),
      ['web'],
    ],
    ['fractions equal nothing', on('server_port', '=', '8080.5', 'NaN', 'inf', '1e999'), []],
    [
      '64-bit numbers are compared as floats',
      on('flow_id', '=', '9007199254740993'),
      ['web', 'database'],
    ],
    [
      'and unequal when either comparison says so',
      on('flow_id', '!=', '9007199254740993'),
      ['database', 'other'],
    ],
    ['the largest number as well', on('flow_id', '=', '18446744073709551616'), ['other']],
    ['an empty list equals nothing', on('server_port', '='), []],
    ['and is unequal to everything', on('server_port', '!='), ALL],
    ['names of codes are no values', on('l7_protocol', '=', 'HTTP'), []],
    ['observation points are codes', on('observation_point', '=', 'c'), ['web']],
    ['addresses are decimal numbers', on('ip4_0', '=', '167772161'), ['web']],
    ['and no texts', on('ip4_0', '=', '10.0.0.1'), []],
    ['regexes on numbers are always true', on('server_port', '~', '^x$'), ALL],
    ['so are negated ones', on('server_port', '!~', '.*'), ALL],
    ['wildcards on numbers as well', on('server_port', '!:', '*'), ALL],
    ['arrays always pass', on('attribute_names', '=', 'x'), ALL],
    ['IPv6 addresses as well', on('ip6_0', '!=', '2001:db8::1'), ALL],
    ['wildcards are not anchored', on('request_domain', ':', 'shop'), ['web', 'database']],
    [
      'wildcards keep the signs of regexes',
      on('request_domain', ':', 'shop.example.com'),
      ['web', 'database'],
    ],
    ['a star is any text without a line break', on('request_domain', ':', "it's*50"), []],
    ['only the first pattern counts', on('request_domain', '~', 'X', 'shop'), ['database']],
    ['only the first that is one', on('request_domain', '~', '(', 'X', 'shop'), ['database']],
    ['without any, all pass', on('request_domain', '!~', '(', '(?=a)'), ALL],
    ['!~ wants no match', on('request_domain', '!~', 'X'), ['web', 'other']],
    [
      'NULL, on which the server crashes, equals nothing',
      on('response_code', '!=', '200'),
      ['database', 'other'],
    ],
    ['also not what is compared twice', on('response_code', '=', '0.0'), []],
    ['and is unequal there too', on('response_code', '!=', '200.5'), ALL],
    ['lengths are cut to 32 bits', on('request_length', '=', '705032704'), ['web']],
    ['an unknown field is ignored', on('no_such_field', '=', '1'), ALL],
    ['the field that the server misreads is unknown', on('capture_nic_type', '=', '99'), ALL],
    ['unless by its misread name', on('capture_nic_type category:', '=', '99'), []],
    ['SQL stays in its text', on('request_domain', '=', "' OR 1 --", "\\' OR 1 --"), []],
  ])('%s', async (_rule, filter, rows) => {
    expect(await passing({ tagFilters: [filter] }, L7, { rules: 'Compatible' })).toEqual(rows);
  });

  const yes = on('l7_protocol', '!=', '999');
  const no = on('l7_protocol', '=', '999');
  const unknown = on('no_such_field', '=', '1');
  const web = on('server_port', '=', '8080');
  const database = on('server_port', '=', '3306');
  test.each<[string, Change, readonly string[]]>([
    ['and stops at the first false', { tagFilters: [yes, no] }, []],
    ['or never rejects', { condition: 'or', tagFilters: [no] }, ALL],
    ['or in a group never rejects', { tagFilterGroups: [group('or', no)] }, ALL],
    ['an unknown field neither rejects nor accepts', { tagFilters: [unknown, web] }, ['web']],
    [
      'tagFilters win over the groups',
      { tagFilters: [web], tagFilterGroups: [group('and', no)] },
      ['web'],
    ],
    [
      'unless none of their fields exists',
      { tagFilters: [unknown], tagFilterGroups: [group('and', web)] },
      ['web'],
    ],
    [
      'tagFilters that or lets pass win as well',
      { condition: 'or', tagFilters: [no], tagFilterGroups: [group('and', no)] },
      ALL,
    ],
    [
      'one group is enough',
      { tagFilterGroups: [group('and', web), group('and', database)] },
      ['web', 'database'],
    ],
    [
      'a false group before an unknown one passes',
      { tagFilterGroups: [group('and', no), group('and', unknown)] },
      ALL,
    ],
    [
      'an unknown group before a false one does not',
      { tagFilterGroups: [group('and', unknown), group('and', no)] },
      [],
    ],
    ['no group passes', { tagFilterGroups: [] }, ALL],
  ])('%s', async (_rule, change, rows) => {
    expect(await passing(change, L7, { rules: 'Compatible' })).toEqual(rows);
  });

  test.each<[string, DataSource, TagFilter, readonly string[]]>([
    ['maps are filtered by region_id', NETWORK_MAP, on('region_id', '=', '5'), ['one']],
    ['and not by region_id_0', NETWORK_MAP, on('region_id_0', '=', '5'), ['one', 'two']],
    [
      'a field of the other kind of metrics is 0',
      NETWORK_MAP,
      on('role', '=', '0'),
      ['one', 'two'],
    ],
    ['and nothing else', NETWORK_MAP, on('role', '=', '1'), []],
    ['on both kinds', NETWORK, on('region_id_1', '=', '5'), []],
    ['MAC addresses are decimal numbers', L4, on('mac_0', '=', '1'), ['small']],
    ['a field that is not stored is empty', PROCESS, on('file_name', '=', 'a'), []],
  ])('%s', async (_rule, dataSource, filter, rows) => {
    expect(await passing({ tagFilters: [filter] }, dataSource, { rules: 'Compatible' })).toEqual(
      rows,
    );
  });
});

describe('a hostile pattern', () => {
  // One that is tried in every way would not end before the test.
  test.each(['(a+)+$', '(a|aa)+$', '(a*)*c', '(.*a){20}$'])('%s ends', async (pattern) => {
    const { where } = compileFilter(
      { condition: 'and', tagFilters: [on('request_domain', '~', pattern)], tagFilterGroups: [] },
      L7,
      { rules: 'Documented', organizationId: 1 },
    );
    const count = await clickHouse.query(
      `SELECT count() FROM (SELECT materialize(concat(repeat('a', 1000000), 'b')) AS request_domain) WHERE ${where ?? ''}`,
    );
    expect(count).toMatch(/^[01]\n$/);
  });
});

describe('ClickHouse agrees with what is known of RE2 and', () => {
  const matched = (pattern: string): Promise<string> =>
    clickHouse.query(`SELECT ${sqlMatch("materialize('x')", pattern)}`);

  test.each(RE2_PATTERNS)('takes %j', async (pattern) => {
    expect(await matched(pattern)).toMatch(/^[01]\n$/);
  });

  test.each(OTHER_PATTERNS)('refuses %j', async (pattern) => {
    await expect(matched(pattern)).rejects.toThrow(
      /CANNOT_COMPILE_REGEXP|OptimizedRegularExpression/,
    );
  });
});
