import { ipv6Text } from '../../../lib/net/ipv6-text.ts';
import { parseIpv6 } from '../../../lib/net/parse-ipv6.ts';
import { enumNames } from '../../names/enums.ts';
import type { Field } from '../../fields/fields.ts';
import { floatText } from './float-text.ts';
import { filterCodes, filterFloats, filterNumbers } from '../filter-number.ts';
import { filterTest } from '../filter-operator.ts';
import type { TagFilter } from '../record-filter.ts';
import type { Row, RowReading } from './row-value.ts';
import { regexTest, type TextTest, wildcardTest } from './text-tests.ts';

type Predicate = (row: Row) => boolean;

/** One filter as a function of a row. It passes the same rows as `documentedCondition`. */
export function documentedPredicate(
  filter: TagFilter,
  field: Field,
  reading: RowReading,
): Predicate {
  const { compares, isNegated } = filterTest(filter.operator);
  const passes =
    compares === 'values'
      ? equalsAny(filter.fieldValues, field, reading)
      : matchesAny(filter.fieldValues.map(compares === 'wildcards' ? wildcardTest : regexTest), {
          field,
          reading,
        });
  return isNegated ? (row) => !passes(row) : passes;
}

function equalsAny(values: readonly string[], field: Field, reading: RowReading): Predicate {
  switch (reading.kind) {
    case 'number': {
      const numbers = values.flatMap((text) => filterNumbers(field, text) ?? []);
      // Integers of different types are equal when their decimal texts are equal.
      const wanted = new Set(numbers.map(String));
      return (row) => wanted.has(String(reading.read(row)));
    }
    case 'text': {
      const wanted = new Set<string | null>(
        values.flatMap((text) => [text, ...filterCodes(field, text)]),
      );
      return (row) => wanted.has(reading.read(row));
    }
    case 'texts': {
      const wanted = new Set(values);
      return (row) => reading.read(row).some((text) => wanted.has(text));
    }
    case 'floats': {
      const wanted = new Set(filterFloats(values));
      // ClickHouse compares the elements of a list by their bits, and no filter contains -0.
      return (row) =>
        reading.read(row).some((number) => wanted.has(number) && !Object.is(number, -0));
    }
    case 'ipv6': {
      const wanted = new Set<string | null>(
        values.flatMap((text) => {
          const bytes = parseIpv6(text);
          return bytes === undefined ? [] : [ipv6Text(bytes, 0)];
        }),
      );
      return (row) => wanted.has(reading.read(row));
    }
  }
}

function matchesAny(
  tests: readonly TextTest[],
  { field, reading }: { readonly field: Field; readonly reading: RowReading },
): Predicate {
  const anyOf: TextTest = (text) => tests.some((test) => test(text));
  const nameOf = codeNames(field);
  const matches = (text: string | null): boolean =>
    (text !== null && anyOf(text)) || (nameOf !== undefined && anyOf(nameOf(text ?? '')));
  switch (reading.kind) {
    case 'number':
      return (row) => {
        const value = reading.read(row);
        return matches(value === null ? null : reading.textOf(value));
      };
    case 'text':
      return (row) => matches(reading.read(row));
    case 'texts':
      return (row) => reading.read(row).some(anyOf);
    case 'floats':
      return (row) => reading.read(row).some((number) => anyOf(floatText(number)));
    case 'ipv6':
      return (row) => {
        const text = reading.read(row);
        return text !== null && anyOf(text);
      };
  }
}

/**
 * The English names of codes, which are the values in the record. Codes without a name have an
 * empty name.
 */
function codeNames(field: Field): ((code: string) => string) | undefined {
  if (field.enum === undefined) return undefined;
  const names = enumNames(field.enum);
  return (code) => names.get(code) ?? '';
}
