import { sqlIdentifier, sqlString } from '../../../../deepflow/sql-literal.ts';
import type { HashedColumns, HashForm } from '../../row-hash.ts';

/** Types of DeepFlow's tables for which every version of ClickHouse computes the same hash. */
const PLAIN =
  /^(?:U?Int(?:8|16|32|64)|Float(?:32|64)|String|IPv4|IPv6|DateTime(?:64)?(?:\([^()]*\))?)$/;
const NULLABLE = wrappedIn('Nullable');
const LOW_CARDINALITY = wrappedIn('LowCardinality');
const ARRAY = wrappedIn('Array');

/** The hash of a row's content in SQL: a UInt64, never NULL. */
export function rowHashSql(form: HashForm, columns: HashedColumns): string {
  const names = [...columns.keys()].map(sqlIdentifier);
  // Without a tuple, one NULL would make the whole hash NULL.
  if (form === 'tuple') return `cityHash64(tuple(${names.join(', ')}))`;
  return `cityHash64(${[...columns].flatMap(([name, type]) => hashedValues(name, type)).join(', ')})`;
}

/**
 * The values to hash for a column: never NULL, and only types whose hash is the same in every
 * version. Other types are hashed as text.
 */
function hashedValues(name: string, type: string): readonly string[] {
  const column = sqlIdentifier(name);
  const full = LOW_CARDINALITY(type) ?? type;
  const inner = NULLABLE(full);
  if (inner === undefined) return [isPlain(full) ? column : `ifNull(toString(${column}), '')`];
  const value = PLAIN.test(inner)
    ? `ifNull(${column}, defaultValueOfTypeName(${sqlString(inner)}))`
    : `ifNull(toString(${column}), '')`;
  return [value, `isNull(${column})`];
}

function isPlain(type: string): boolean {
  const element = ARRAY(type) ?? type;
  return PLAIN.test(LOW_CARDINALITY(element) ?? element);
}

/**
 * Returns the type inside a wrapper's brackets. Undefined when the type has another wrapper or
 * none.
 */
function wrappedIn(wrapper: string): (type: string) => string | undefined {
  const [start, end] = [`${wrapper}(`, ')'];
  return (type) =>
    type.startsWith(start) && type.endsWith(end)
      ? type.slice(start.length, -end.length)
      : undefined;
}
