import { enumNames } from '../../names/enums.ts';
import type { Field } from '../../fields/fields.ts';
import { filterCodes, filterFloats, filterNumbers } from '../filter-number.ts';
import { filterTest } from '../filter-operator.ts';
import type { FilterValue } from '../filter-value.ts';
import type { TagFilter } from '../record-filter.ts';
import { sqlIn, sqlMatch, sqlNot, sqlOr, sqlString } from '../../sql-literal.ts';

/**
 * One filter as an SQL condition with the documented meaning. Every value of the list counts. `!=`
 * and `not in` pass when no value is equal. A wildcard must match the whole value, and `*` matches
 * any text. A regular expression may match anywhere. For an array, one matching element is enough.
 * The names of codes can be used like the codes. NULL equals and matches nothing.
 */
export function documentedCondition(filter: TagFilter, field: Field, value: FilterValue): string {
  const { compares, isNegated } = filterTest(filter.operator);
  const condition =
    compares === 'values'
      ? equalsAny(filter.fieldValues, field, value)
      : matchesAny(filter.fieldValues.map(compares === 'wildcards' ? wildcard : regex), {
          field,
          value,
        });
  return isNegated ? sqlNot(condition) : condition;
}

function equalsAny(values: readonly string[], field: Field, value: FilterValue): string {
  switch (value.kind) {
    case 'number': {
      const numbers = values.flatMap((text) => filterNumbers(field, text) ?? []);
      return sqlIn(value.sql, numbers.map(String));
    }
    case 'text': {
      const texts = values.flatMap((text) => [text, ...filterCodes(field, text)]);
      return sqlIn(value.sql, texts.map(sqlString));
    }
    case 'texts':
      return `arrayExists(x -> ${sqlIn('x', values.map(sqlString))}, ${value.sql})`;
    case 'floats': {
      const numbers = filterFloats(values).map(String);
      return `arrayExists(x -> ${sqlIn('x', numbers)}, ${value.sql})`;
    }
    case 'ipv6':
      // Values are compared as addresses, since one address has several notations.
      return sqlIn(
        value.sql,
        values.map((text) => `toIPv6OrNull(${sqlString(text)})`),
      );
  }
}

/** Makes the SQL test of a pattern on a text. */
type TextTest = (text: string) => string;

function wildcard(pattern: string): TextTest {
  const like = pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
  return (text) => `${text} LIKE ${sqlString(like)}`;
}

function regex(pattern: string): TextTest {
  return (text) => sqlMatch(text, pattern);
}

function matchesAny(
  tests: readonly TextTest[],
  { field, value }: { readonly field: Field; readonly value: FilterValue },
): string {
  const anyOf = (text: string): string => sqlOr(tests.map((test) => test(text)));
  switch (value.kind) {
    case 'number':
      return sqlOr([value.text, ...nameOf(field, value.text)].map(anyOf));
    case 'text':
      return sqlOr([value.sql, ...nameOf(field, value.sql)].map(anyOf));
    case 'texts':
      return `arrayExists(x -> ${anyOf('x')}, ${value.sql})`;
    case 'floats':
      return `arrayExists(x -> ${anyOf('toString(x)')}, ${value.sql})`;
    case 'ipv6':
      return anyOf(`toString(${value.sql})`);
  }
}

/** The SQL of the English name of a code, which is the value in the record. */
function nameOf(field: Field, text: string): readonly string[] {
  if (field.enum === undefined) return [];
  const names = [...enumNames(field.enum)];
  const codes = names.map(([code]) => sqlString(code)).join(', ');
  const texts = names.map(([, name]) => sqlString(name)).join(', ');
  return [`transform(ifNull(${text}, ''), [${codes}], [${texts}], '')`];
}
