/** A text as an escaped ClickHouse string literal. */
export function sqlString(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0');
  return `'${escaped}'`;
}

/** A ClickHouse name in backquotes. A name with a dot, such as `network.1m`, needs them. */
export function sqlIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** The SQL test whether a value is in a list of SQL literals. No value is in an empty list. */
export function sqlIn(value: string, literals: readonly string[]): string {
  return literals.length === 0 ? '0' : `${value} IN (${literals.join(', ')})`;
}

/** Joins alternatives with OR, in brackets. Without alternatives, nothing passes. */
export function sqlOr(conditions: readonly string[]): string {
  if (conditions.length === 0) return '0';
  return conditions.length === 1 ? (conditions[0] ?? '0') : `(${conditions.join(' OR ')})`;
}

/**
 * The SQL test whether an RE2 regular expression matches anywhere in a text. The dot does not match
 * a line break, as in RE2 and in Go. In ClickHouse's `match` it would.
 *
 * ClickHouse searches for the literals of a regular expression before it calls RE2. Before 25.5 it
 * treats the letters of `(?-s)` as such a literal and finds nothing. The first alternative matches
 * nothing, and prevents this search. It is outside of any group, since a pattern may end with `\Q`
 * and a text.
 */
export function sqlMatch(text: string, pattern: string): string {
  return `match(${text}, ${sqlString(String.raw`[^\s\S]|(?-s)${pattern}`)})`;
}

/** Negates a condition, in which NULL counts as false. */
export function sqlNot(condition: string): string {
  return `NOT ifNull(${condition}, 0)`;
}
