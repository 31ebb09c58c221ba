/** A text as a ClickHouse string literal, which no text can leave. */
export function sqlString(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0');
  return `'${escaped}'`;
}

/** A ClickHouse name in back quotes; a name with a dot, as `network.1m`, needs them. */
export function sqlIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** Membership of an SQL value in a list of SQL literals; nothing is a member of an empty list. */
export function sqlIn(value: string, literals: readonly string[]): string {
  return literals.length === 0 ? '0' : `${value} IN (${literals.join(', ')})`;
}

/** Alternatives in one pair of brackets; without any, nothing passes. */
export function sqlOr(conditions: readonly string[]): string {
  if (conditions.length === 0) return '0';
  return conditions.length === 1 ? (conditions[0] ?? '0') : `(${conditions.join(' OR ')})`;
}

/**
 * Whether a regex of RE2 matches anywhere in an SQL text. The dot matches no line break, as RE2 and Go's regexp have it;
 * ClickHouse's own `match` lets it.
 *
 * ClickHouse looks for the literals of a regex before it asks RE2. Before 25.5 it takes the letters of `(?-s)` for such
 * a literal and finds nothing. The alternative in front matches nothing, and keeps ClickHouse from looking. It stands
 * outside of any group, for a pattern may end in `\Q` and a text.
 */
export function sqlMatch(text: string, pattern: string): string {
  return `match(${text}, ${sqlString(String.raw`[^\s\S]|(?-s)${pattern}`)})`;
}

/** The opposite of a condition, for which NULL counts as false. */
export function sqlNot(condition: string): string {
  return `NOT ifNull(${condition}, 0)`;
}
