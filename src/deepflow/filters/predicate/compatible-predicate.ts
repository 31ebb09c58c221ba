import { firstPattern, isPlainInteger, serverFloats } from '../sql/compatible-condition.ts';
import { filterTest } from '../filter-operator.ts';
import type { TagFilter } from '../record-filter.ts';
import type { Row, RowReading } from './row-value.ts';
import { regexTest } from './text-tests.ts';

/**
 * One filter as a function of a row. Like `compatibleCondition`, it passes what deepflow-server 7.1
 * passes, except that NULL equals nothing. Undefined: every row passes.
 */
export function compatiblePredicate(
  filter: TagFilter,
  reading: RowReading,
): ((row: Row) => boolean) | undefined {
  const { compares, isNegated } = filterTest(filter.operator);
  if (reading.kind === 'number') {
    return compares === 'values' ? numberPredicate(filter, reading, isNegated) : undefined;
  }
  if (reading.kind !== 'text') return undefined;
  const test = compares === 'values' ? valuesTest(filter) : patternTest(filter);
  if (test === undefined) return undefined;
  return (row) => {
    const text = reading.read(row);
    return (text !== null && test(text)) !== isNegated;
  };
}

type TextTest = (text: string) => boolean;

function valuesTest({ fieldValues }: TagFilter): TextTest {
  const wanted = new Set(fieldValues);
  return (text) => wanted.has(text);
}

function patternTest(filter: TagFilter): TextTest | undefined {
  const pattern = firstPattern(filter);
  return pattern === undefined ? undefined : regexTest(pattern);
}

/**
 * The server compares a number as a float64 and as text. The record passes if either comparison
 * passes.
 */
function numberPredicate(
  { fieldValues }: TagFilter,
  { read }: Extract<RowReading, { kind: 'number' }>,
  isNegated: boolean,
): (row: Row) => boolean {
  const texts = new Set(fieldValues);
  const floats = new Set(fieldValues.every(isPlainInteger) ? [] : serverFloats(fieldValues));
  const isExact = fieldValues.every(isPlainInteger);
  return (row) => {
    const value = read(row);
    const asText = value !== null && texts.has(String(value));
    if (isExact) return asText !== isNegated;
    const asFloat = value !== null && floats.has(Number(value));
    return isNegated ? !asFloat || !asText : asFloat || asText;
  };
}
