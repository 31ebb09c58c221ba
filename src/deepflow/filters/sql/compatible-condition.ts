import { filterTest } from '../filter-operator.ts';
import type { FilterValue } from '../filter-value.ts';
import { patternProblem } from '../re2/re2-pattern.ts';
import type { TagFilter } from '../record-filter.ts';
import { sqlIn, sqlMatch, sqlNot, sqlString } from '../../sql-literal.ts';

/**
 * One filter as an SQL condition that passes what deepflow-server 7.1 passes
 * (server/ingester/exporters/config). The only difference is a NULL value, on which the server
 * crashes: here, NULL equals nothing.
 */
export function compatibleCondition(filter: TagFilter, value: FilterValue): string {
  const { compares, isNegated } = filterTest(filter.operator);
  if (value.kind !== 'number' && value.kind !== 'text') return '1';
  if (compares === 'values') {
    if (value.kind === 'number') return numberCondition(filter.fieldValues, value.sql, isNegated);
    const condition = sqlIn(value.sql, filter.fieldValues.map(sqlString));
    return isNegated ? sqlNot(condition) : condition;
  }
  if (value.kind === 'number') return '1';
  const pattern = firstPattern(filter);
  if (pattern === undefined) return '1';
  const condition = sqlMatch(value.sql, pattern);
  return isNegated ? sqlNot(condition) : condition;
}

/** The first value of a filter with patterns. The server ignores the other values. */
export function firstPattern({ operator, fieldValues }: TagFilter): string | undefined {
  const { compares } = filterTest(operator);
  return fieldValues
    .map((text) => (compares === 'wildcards' ? serverPattern(text) : text))
    .find((text) => patternProblem(text) === undefined);
}

/**
 * The regular expression that deepflow-server makes from a wildcard. Other characters keep their
 * special meaning, and the expression is not anchored.
 */
export function serverPattern(wildcard: string): string {
  return wildcard.replaceAll('*', '.*');
}

/**
 * The server compares a number as a float64 with the values that are numbers, and as text with all
 * values. The record passes if either comparison passes, so `!= 8080.0` lets 8080 pass.
 */
function numberCondition(values: readonly string[], value: string, isNegated: boolean): string {
  if (values.every(isPlainInteger)) {
    // Both comparisons have the same result, and this one can use ClickHouse's indexes.
    const condition = sqlIn(value, values);
    return isNegated ? sqlNot(condition) : condition;
  }
  const asFloat = sqlIn(`toFloat64(${value})`, serverFloats(values).map(floatLiteral));
  const asText = sqlIn(`toString(${value})`, values.map(sqlString));
  return isNegated
    ? `(${sqlNot(asFloat)} OR ${sqlNot(asText)})`
    : `(ifNull(${asFloat}, 0) OR ifNull(${asText}, 0))`;
}

/** True when the text of a value and its float mean the same number. */
export function isPlainInteger(text: string): boolean {
  return /^(0|-?[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text));
}

/**
 * The floats with which the server compares a number. A value that is not a number removes all
 * values before it from the list.
 */
export function serverFloats(values: readonly string[]): readonly number[] {
  let numbers: number[] = [];
  for (const text of values) {
    const number = parseGoFloat(text);
    if (number === undefined) numbers = [];
    else numbers.push(number);
  }
  // No column holds fractions, so only whole numbers can be equal to a value.
  return numbers.filter(
    (number) => Number.isInteger(number) && number >= -(2 ** 63) && number <= FLOAT_OF_MAX,
  );
}

const FLOAT_OF_MAX = 2 ** 64;

function floatLiteral(number: number): string {
  // ClickHouse's largest integer is one less, and rounds to this float.
  const integer = number === FLOAT_OF_MAX ? 2n ** 64n - 1n : BigInt(number);
  return `toFloat64(${integer})`;
}

const DECIMAL = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;

/**
 * Parses a text like Go's strconv.ParseFloat, except hexadecimal numbers. Undefined when the text
 * is not a number.
 */
function parseGoFloat(text: string): number | undefined {
  if (/^([+-]?inf(inity)?|nan)$/i.test(text)) return Number.NaN;
  if (!DECIMAL.test(text)) return undefined;
  const number = Number(text.replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}
