import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFilter } from '../../../src/deepflow/filters/sql/compile-filter.ts';
import { compilePredicate } from '../../../src/deepflow/filters/predicate/compile-predicate.ts';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { enumNames } from '../../../src/deepflow/names/enums.ts';
import { floatText } from '../../../src/deepflow/filters/predicate/float-text.ts';
import { fieldsOf } from '../../../src/deepflow/fields/fields.ts';
import { filterFields } from '../../../src/deepflow/fields/filter-fields.ts';
import {
  FILTER_OPERATORS,
  type RecordFilter,
} from '../../../src/deepflow/filters/record-filter.ts';
import { type Row, rowReading } from '../../../src/deepflow/filters/predicate/row-value.ts';
import { validateFilter } from '../../../src/deepflow/filters/validate-filter.ts';
import { RE2_PATTERNS } from '../../deepflow/filters/re2/re2-patterns.ts';
import {
  type ClickHouseHandle,
  startClickHouse,
} from '../../harness/clickhouse/start-clickhouse.ts';
import { createSchema, insertRows } from '../../harness/generator/generate.ts';
import { tableNamed } from '../../harness/generator/tables.ts';
import { storedRows } from './stored-rows.ts';

const SOURCES = [
  'flow_log.l7_flow_log',
  'flow_log.l4_flow_log',
  'flow_metrics.network_map.1m',
  'event.file_event',
] as const;
const ROWS = 200;
/** Tells all rows apart: none of DeepFlow's columns does. The hash of the values themselves is NULL where one is NULL. */
const ORDER = 'cityHash64(toString(tuple(*)))';
const FILTERS = 120;
const SECOND = 1_000_000;

let clickHouse: ClickHouseHandle;
const rows = new Map<DataSource, readonly Row[]>();

beforeAll(async () => {
  clickHouse = await startClickHouse();
  await createSchema(clickHouse);
  const toMicros = Date.now() * 1000;
  for (const dataSource of SOURCES) {
    const request = { dataSource, seed: 5, firstRow: 0, rows: ROWS, toMicros };
    await insertRows(clickHouse, { ...request, fromMicros: toMicros - 60 * SECOND });
    const different = `SELECT uniqExact(${ORDER}) FROM ${tableNamed(dataSource).quotedName}`;
    expect(Number(await clickHouse.query(different))).toBe(ROWS);
    rows.set(dataSource, await storedRows(clickHouse, dataSource, ORDER));
  }
});

afterAll(() => clickHouse.stop());

type Rules = 'Documented' | 'Compatible';

/** Texts that some row holds, names of codes, and what is near them. */
function values(dataSource: DataSource, name: string, rules: Rules): fc.Arbitrary<string> {
  const field = filterFields(dataSource, rules).get(name);
  const held = (rows.get(dataSource) ?? []).slice(0, 20).flatMap((row) => {
    const value = row(field?.column ?? name);
    return Array.isArray(value) ? value.map(String) : [String(value)];
  });
  const names = field?.enum === undefined ? [] : [...enumNames(field.enum).values()].slice(0, 20);
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...held, ...names, '0', '') },
    fc.constantFrom('-1', '8080.0', '1e3', '99999999999999999999', '10.0.0.1', '::1', 'abc'),
  );
}

/** Patterns cut out of what rows hold, and those that tell one kind of regex from another. */
function patterns(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const part = fc
    .tuple(text, fc.nat(6), fc.nat(6))
    .map(([whole, start, end]) => whole.slice(start, whole.length - end));
  return fc.oneof(
    part,
    part.map((each) => `*${each}*`),
    part.map((each) => `^${each}`),
    part.map((each) => `${each}$`),
    part.map((each) => `(?i)${each.toUpperCase()}`),
    fc.constantFrom('*', '.*', '^$', '\\d+', '[^0-9]', 'a*b*', '^.{3}$', ...RE2_PATTERNS),
  );
}

function filterArbitrary(dataSource: DataSource, rules: Rules): fc.Arbitrary<RecordFilter> {
  const fields = fieldsOf(dataSource).filter(({ form }) => form !== 'workload_type');
  const tagFilter = fc
    .tuple(fc.constantFrom(...fields.map(({ name }) => name)), fc.constantFrom(...FILTER_OPERATORS))
    .chain(([fieldName, operator]) => {
      const value = values(dataSource, fieldName, rules);
      const isPattern = !['=', '!=', 'in', 'not in'].includes(operator);
      return fc
        .array(isPattern ? patterns(value) : value, { minLength: 1, maxLength: 3 })
        .map((fieldValues) => ({ fieldName, operator, fieldValues }));
    });
  const list = { condition: fc.constantFrom('and', 'or') };
  const group = fc.record({ ...list, tagFilters: fc.array(tagFilter, { maxLength: 2 }) });
  return fc
    .record({
      ...list,
      tagFilters: fc.array(tagFilter, { maxLength: 2 }),
      tagFilterGroups: fc.array(group, { maxLength: 2 }),
    })
    .filter((filter) => [...validateFilter(filter, [dataSource], rules)].length === 0);
}

test.each(
  SOURCES.flatMap((dataSource) =>
    (['Documented', 'Compatible'] as const).map((rules) => [dataSource, rules] as const),
  ),
)(
  'a filter on %s by the rules of %s passes the same rows in SQL and here',
  async (source, rules) => {
    const context = { rules, organizationId: 1 };
    const known = rows.get(source) ?? [];
    expect(known).toHaveLength(ROWS);
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(filterArbitrary(source, rules), async (filter) => {
        const { where = '1' } = compileFilter(filter, source, context);
        const passes = compilePredicate(filter, source, context) ?? ((): boolean => true);
        const answer = await clickHouse.query(
          `SELECT ifNull(${where}, 0) FROM ${tableNamed(source).quotedName} ORDER BY ${ORDER}`,
        );
        const found = known.map((row) => (passes(row) ? '1' : '0'));
        passed += found.filter((each) => each === '1').length;
        expect(found).toEqual(answer.trimEnd().split('\n'));
      }),
      { numRuns: FILTERS },
    );
    // Filters of which nearly all let nothing pass would show nothing.
    expect(passed).toBeGreaterThan(ROWS);
  },
);

test('fractions read as ClickHouse writes them, and are equal to the same numbers', async () => {
  const bits = new BigUint64Array(1);
  const number = new Float64Array(bits.buffer);
  const doubles = fc.sample(fc.oneof(fc.double(), fc.integer()), { numRuns: 2_000, seed: 7 });
  const special = [0, -0, Number.NaN, Infinity, -Infinity, 1e21, 1e20, 123456789012345680000, 1e-7];
  const all = [...special, ...doubles];
  const literals = all.map((value) => {
    number[0] = value;
    return `reinterpretAsFloat64(toUInt64(${String(bits[0])}))`;
  });
  const answer = await clickHouse.query(
    `SELECT arrayJoin([${literals.join(', ')}]) AS x, toString(x), x IN (0, 1e21) FORMAT TSV`,
  );
  const passes =
    compilePredicate(
      {
        condition: 'and',
        tagFilters: [{ fieldName: 'metrics_values', operator: '=', fieldValues: ['0', '1e21'] }],
        tagFilterGroups: [],
      },
      'flow_log.l7_flow_log',
      { rules: 'Documented', organizationId: 1 },
    ) ?? ((): boolean => true);
  const found = answer
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').slice(1));
  const isWanted = (value: number): boolean => passes(() => [value]);
  expect(all.map((value) => [floatText(value), isWanted(value) ? '1' : '0'])).toEqual(found);
});

test('a fraction of an integer is cut as ClickHouse cuts it', async () => {
  const values = [0, 1.9, -1.5, -1, 2 ** 53 + 2, 1.8e19];
  const field = fieldsOf('flow_log.l4_flow_log').find(({ form }) => form === 'truncated');
  if (field === undefined) throw new Error('there is such a field');
  const reading = rowReading(field, { rules: 'Documented', organizationId: 1 });
  const answer = await clickHouse.query(
    `SELECT arrayJoin([${values.map((value) => `toUInt64(toFloat64(${value}))`).join(', ')}])`,
  );
  const found = values.map((value) => String(reading.read(() => value)));
  expect(found).toEqual(answer.trimEnd().split('\n'));
});
