import { serverPattern } from './sql/compatible-condition.ts';
import type { DataSource } from '../data-sources.ts';
import { enumNames } from '../names/enums.ts';
import { nearestOf } from '../../lib/nearest.ts';
import type { SelectionRules } from '../fields/export-fields.ts';
import type { Field } from '../fields/fields.ts';
import { filterFields } from '../fields/filter-fields.ts';
import { filterNumbers } from './filter-number.ts';
import { filterTest } from './filter-operator.ts';
import { filterValue } from './filter-value.ts';
import { PATTERN_CHARACTERS_MAX, patternProblem } from './re2/re2-pattern.ts';
import type { RecordFilter, TagFilter } from './record-filter.ts';
import { universalTagOf } from '../names/universal-tags.ts';

/**
 * The problems of a filter for these data sources, each with its path in the filter and a message.
 * With the rules of `Documented`, every data source must have every field, and the field must be
 * able to hold the value. With the rules of `Compatible`, which are those of deepflow-server, one
 * data source with the field is enough.
 */
export function* validateFilter(
  filter: RecordFilter,
  dataSources: readonly DataSource[],
  rules: SelectionRules,
): Generator<string> {
  const lists: readonly (readonly [string, readonly TagFilter[]])[] = [
    ['tagFilters', filter.tagFilters],
    ...filter.tagFilterGroups.map((group, i): [string, readonly TagFilter[]] => [
      `tagFilterGroups[${i}].tagFilters`,
      group.tagFilters,
    ]),
  ];
  const known = dataSources.map((dataSource) => ({
    dataSource,
    fields: filterFields(dataSource, rules),
  }));
  for (const [path, filters] of lists) {
    for (const [i, each] of filters.entries()) {
      const nameProblems = fieldNameProblems(each.fieldName, known, rules);
      const problems = [
        ...nameProblems.map((problem) => `fieldName: ${problem}`),
        ...patternProblems(each, rules),
        ...(rules === 'Documented' ? valueProblems(each, known) : []),
      ];
      for (const problem of problems) yield `${path}[${i}].${problem}`;
    }
  }
}

interface KnownFields {
  readonly dataSource: DataSource;
  readonly fields: ReadonlyMap<string, Field>;
}

function fieldNameProblems(
  name: string,
  known: readonly KnownFields[],
  rules: SelectionRules,
): readonly string[] {
  const without = known.filter(({ fields }) => !fields.has(name));
  if (without.length === 0) return [];
  if (without.length < known.length) {
    if (rules === 'Compatible') return [];
    const sources = without.map(({ dataSource }) => dataSource).join(', ');
    return [
      `must be a field of every data source, but ${sources} has no "${name}"; export ${sources} with a separate KafkaExporter`,
    ];
  }
  const nearest = nearestField(
    name,
    without.flatMap(({ fields }) => [...fields.keys()]),
  );
  return [`must be a field of the data sources, but is "${name}"; the nearest is "${nearest}"`];
}

/**
 * The field that has the text as key in some records, or else the field with the most similar name.
 */
function nearestField(text: string, names: readonly string[]): string {
  const translated = names.find((name) => universalTagOf(name)?.nameKey(name) === text);
  const sideless = names.find((name) => `${name}_0` === text);
  return translated ?? sideless ?? nearestOf(text, names);
}

function patternProblems(filter: TagFilter, rules: SelectionRules): readonly string[] {
  const { compares } = filterTest(filter.operator);
  if (compares === 'values') return [];
  return filter.fieldValues.flatMap((text, i) => {
    const problem = compares === 'regexes' ? patternProblem(text) : wildcardProblem(text, rules);
    return problem === undefined ? [] : [`fieldValues[${i}]: the pattern ${problem}`];
  });
}

function wildcardProblem(text: string, rules: SelectionRules): string | undefined {
  if (rules === 'Compatible') return patternProblem(serverPattern(text));
  return text.length > PATTERN_CHARACTERS_MAX
    ? `is longer than ${PATTERN_CHARACTERS_MAX} characters`
    : undefined;
}

/**
 * The problems of values that the field can never hold, as far as the form of the values shows it.
 */
function valueProblems(filter: TagFilter, known: readonly KnownFields[]): readonly string[] {
  if (filterTest(filter.operator).compares !== 'values') return [];
  const fields = known.flatMap(({ fields: all }) => all.get(filter.fieldName) ?? []);
  return filter.fieldValues.flatMap((text, i) => {
    const misfit = fields
      .map((field) => misfitOf(field, text))
      .find((found) => found !== undefined);
    return misfit === undefined ? [] : [`fieldValues[${i}]: ${misfit}, but is "${text}"`];
  });
}

function misfitOf(field: Field, text: string): string | undefined {
  switch (filterValue(field, { rules: 'Documented', organizationId: 1 }).kind) {
    case 'number':
      return filterNumbers(field, text) === undefined ? numberWanted(field, text) : undefined;
    case 'floats':
      return Number.isFinite(Number.parseFloat(text)) ? undefined : 'must be a number';
    case 'ipv6':
      return /^[\da-f:.]*:[\da-f:.]*$/i.test(text) ? undefined : 'must be an IPv6 address';
    case 'text':
    case 'texts':
      return undefined;
  }
}

function numberWanted(field: Field, text: string): string {
  if (field.form === 'ipv4') return 'must be an IPv4 address such as 10.0.0.1';
  if (field.form === 'mac') return 'must be a MAC address such as 0a:00:00:00:00:01';
  if (field.enum === undefined) return 'must be a whole number';
  const names = [...enumNames(field.enum).values()];
  const sameLetters = names.find((name) => name.toLowerCase() === text.toLowerCase());
  return `must be a code or a name such as "${sameLetters ?? nearestOf(text, names)}"`;
}
