import { filterTest } from '../filter-operator.ts';
import type { FilterValue } from '../filter-value.ts';
import { patternProblem } from '../re2/re2-pattern.ts';
import type { TagFilter } from '../record-filter.ts';
import { sqlIn, sqlMatch, sqlNot, sqlString } from '../../sql-literal.ts';

/**
 * One filter as an SQL condition that passes what deepflow-server 7.1 passes
 * (server/ingester/exporters/config). Only where the server crashes, on a value that is NULL, does it differ: NULL
 * equals nothing.
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

/** The first value of a filter that is a pattern: the server knows no other one. */
export function firstPattern({ operator, fieldValues }: TagFilter): string | undefined {
  const { compares } = filterTest(operator);
  return fieldValues
    .map((text) => (compares === 'wildcards' ? serverPattern(text) : text))
    .find((text) => patternProblem(text) === undefined);
}

/** The regex that deepflow-server makes of a wildcard: other signs keep their meaning, nothing anchors it. */
export function serverPattern(wildcard: string): string {
  return wildcard.replaceAll('*', '.*');
}

/**
 * The server compares a number as a float64 with the values that are numbers, and as text with all of them; either
 * comparison lets the record pass, so `!= 8080.0` lets 8080 pass.
 */
function numberCondition(values: readonly string[], value: string, isNegated: boolean): string {
  if (values.every(isPlainInteger)) {
    // Both comparisons agree, and this one can use ClickHouse's indexes.
    const condition = sqlIn(value, values);
    return isNegated ? sqlNot(condition) : condition;
  }
  const asFloat = sqlIn(`toFloat64(${value})`, serverFloats(values).map(floatLiteral));
  const asText = sqlIn(`toString(${value})`, values.map(sqlString));
  return isNegated
    ? `(${sqlNot(asFloat)} OR ${sqlNot(asText)})`
    : `(ifNull(${asFloat}, 0) OR ifNull(${asText}, 0))`;
}

/** Whether a value's text and the float that it stands for mean the same number. */
export function isPlainInteger(text: string): boolean {
  return /^(0|-?[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text));
}

/**
 * The server's list of floats that a number may be equal to: a value that is no number empties the list of those
 * before it.
 */
export function serverFloats(values: readonly string[]): readonly number[] {
  let numbers: number[] = [];
  for (const text of values) {
    const number = parseGoFloat(text);
    if (number === undefined) numbers = [];
    else numbers.push(number);
  }
  // No column holds a fraction, so only whole numbers can be equal to a value.
  return numbers.filter(
    (number) => Number.isInteger(number) && number >= -(2 ** 63) && number <= FLOAT_OF_MAX,
  );
}

const FLOAT_OF_MAX = 2 ** 64;

function floatLiteral(number: number): string {
  // The integer below it is ClickHouse's largest and rounds to it.
  const integer = number === FLOAT_OF_MAX ? 2n ** 64n - 1n : BigInt(number);
  return `toFloat64(${integer})`;
}

const DECIMAL = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;

/** A text as Go's strconv.ParseFloat reads it, but for hexadecimal; undefined where that is an error. */
function parseGoFloat(text: string): number | undefined {
  if (/^([+-]?inf(inity)?|nan)$/i.test(text)) return Number.NaN;
  if (!DECIMAL.test(text)) return undefined;
  const number = Number(text.replaceAll('_', ''));
  return Number.isFinite(number) ? number : undefined;
}
