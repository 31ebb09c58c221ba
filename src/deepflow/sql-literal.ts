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

/** The opposite of a condition, for which NULL counts as false. */
export function sqlNot(condition: string): string {
  return `NOT ifNull(${condition}, 0)`;
}
