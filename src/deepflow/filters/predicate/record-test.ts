import { filterTest } from '../filter-operator.ts';
import { regexTest, type TextTest, wildcardTest } from './text-tests.ts';
import type { TagFilter } from '../record-filter.ts';

/** Tests a record as it stands in a topic. */
export type RecordTest = (record: Readonly<Record<string, unknown>>) => boolean;

/**
 * All of these filters as a test of records that are written already. A filter looks at the text of the record's value of that
 * name, such as "HTTP" where the record has the name of a code; of a list, at each element. A record without the name passes a
 * negated filter only.
 *
 * @throws when a pattern is not one of RE2.
 */
export function compileRecordTest(filters: readonly TagFilter[]): RecordTest {
  const tests = filters.map((filter): RecordTest => {
    const { compares, isNegated } = filterTest(filter.operator);
    const texts = filter.fieldValues.map((value): TextTest => {
      if (compares === 'regexes') return regexTest(value);
      return compares === 'wildcards' ? wildcardTest(value) : (text) => text === value;
    });
    return (record) =>
      textsOf(record[filter.fieldName]).some((text) => texts.some((test) => test(text))) !==
      isNegated;
  });
  return (record) => tests.every((test) => test(record));
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((element) => textsOf(element));
  if (typeof value === 'string') return [value];
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}
