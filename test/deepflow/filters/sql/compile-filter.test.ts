import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../../src/deepflow/filters/sql/compile-filter.ts';
import type { DataSource } from '../../../../src/deepflow/data-sources.ts';
import type { FilterContext } from '../../../../src/deepflow/filters/filter-value.ts';
import type { RecordFilter, TagFilter } from '../../../../src/deepflow/filters/record-filter.ts';

const L7 = 'flow_log.l7_flow_log';
const MAP = 'flow_metrics.network_map.1s';

const documented: FilterContext = { rules: 'Documented', organizationId: 1 };
const compatible: FilterContext = { rules: 'Compatible', organizationId: 1 };

function filterOf(change: Partial<RecordFilter>): RecordFilter {
  return { condition: 'and', tagFilters: [], tagFilterGroups: [], ...change };
}

function on(
  fieldName: string,
  operator: TagFilter['operator'],
  ...fieldValues: string[]
): TagFilter {
  return { fieldName, operator, fieldValues };
}

// test/integration/deepflow tests on ClickHouse's engine which rows pass the SQL.
describe('the SQL of a filter', () => {
  test.each<[string, DataSource, FilterContext, TagFilter, string | undefined]>([
    [
      'lets ClickHouse use its indexes',
      L7,
      documented,
      on('server_port', '=', '8080'),
      '`server_port` IN (8080)',
    ],
    [
      'lets ClickHouse use its indexes by the rules of Compatible, too',
      L7,
      compatible,
      on('server_port', 'in', '1', '2'),
      '`server_port` IN (1, 2)',
    ],
    [
      'treats NULL as a value that does not match',
      L7,
      documented,
      on('response_code', '!=', '1'),
      'NOT ifNull(`response_code` IN (1), 0)',
    ],
    [
      'uses the column of the field',
      L7,
      documented,
      on('end_point', '=', '/'),
      "`endpoint` IN ('/')",
    ],
    [
      'uses the client’s column when the name has no side',
      MAP,
      documented,
      on('region_id', '=', '1'),
      '`region_id_0` IN (1)',
    ],
    [
      'has every value in quotes',
      L7,
      documented,
      on('request_domain', '=', "a'b\\", '\0'),
      "`request_domain` IN ('a\\'b\\\\', '\\0')",
    ],
    [
      'has LIKE for a wildcard',
      L7,
      documented,
      on('request_domain', ':', '50%_*\\'),
      "`request_domain` LIKE '50\\\\%\\\\_%\\\\\\\\'",
    ],
    [
      'uses the dictionary of the organisation',
      L7,
      { ...documented, organizationId: 12 },
      on('pod_group_type_0', '=', '130'),
      "dictGet('0012_flow_tag.pod_group_map', 'pod_group_type', toUInt64(`pod_group_id_0`)) IN (130)",
    ],
    [
      'does not name a column that the table lacks',
      L7,
      { ...documented, missingColumns: new Set(['server_port']) },
      on('server_port', '=', '8080'),
      'toUInt64(0) IN (8080)',
    ],
    [
      'is left out when the filter has no effect',
      L7,
      compatible,
      on('server_port', '~', '^x$'),
      undefined,
    ],
  ])('%s', (_name, dataSource, context, filter, where) => {
    expect(compileFilter(filterOf({ tagFilters: [filter] }), dataSource, context).where).toBe(
      where,
    );
  });

  test('has each condition by itself, too, with the text that the user wrote', () => {
    const filter = filterOf({
      condition: 'or',
      tagFilters: [on('server_port', 'in', '80', '443'), on('nothing', '=', 'x')],
      tagFilterGroups: [{ condition: 'and', tagFilters: [on('request_domain', '!=', 'a')] }],
    });
    expect(compileFilter(filter, L7, compatible)).toEqual({
      where: undefined,
      conditions: [
        { text: 'tagFilters[0]: server_port in 80, 443', sql: '`server_port` IN (80, 443)' },
        { text: 'tagFilters[1]: nothing = x', sql: '1' },
        {
          text: 'tagFilterGroups[0].tagFilters[0]: request_domain != a',
          sql: "NOT ifNull(`request_domain` IN ('a'), 0)",
        },
      ],
    });
  });
});

test('a field that the records lack is an error by the rules of Documented', () => {
  const filter = filterOf({ tagFilters: [on('nothing', '=', 'x')] });
  expect(() => compileFilter(filter, L7, documented)).toThrow(`${L7} has no field nothing`);
});
