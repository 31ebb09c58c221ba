import { type DataSource, tableOf } from '../../../deepflow/data-sources.ts';

/** Column of a record's second, first in every table's primary key. */
const TIME_COLUMN = 'time';

/** A ClickHouse name in back quotes; a name with a dot, as `network.1m`, needs them. */
function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function qualifiedTable(dataSource: DataSource): string {
  const { database, table } = tableOf(dataSource);
  return `${quoted(database)}.${quoted(table)}`;
}

/**
 * Reads the rows of a window, with the parameters `from` and `to` in seconds. Columns are named, never
 * `*`: users may add columns of their own to these tables.
 */
export function windowQuery(dataSource: DataSource, columns: readonly string[]): string {
  const time = quoted(TIME_COLUMN);
  return `SELECT ${columns.map(quoted).join(', ')} FROM ${qualifiedTable(dataSource)} WHERE ${time} >= toDateTime({from:UInt32}) AND ${time} < toDateTime({to:UInt32}) FORMAT ArrowStream`;
}

/** Reads no row, but fails as `windowQuery` would when a table or a column is missing. */
export function checkQuery(dataSource: DataSource, columns: readonly string[]): string {
  return `SELECT ${columns.map(quoted).join(', ')} FROM ${qualifiedTable(dataSource)} WHERE 0 FORMAT Null`;
}

/** The second of the oldest row as `seconds`, and how many rows there are as `rows`. */
export function earliestQuery(dataSource: DataSource): string {
  return `SELECT toUnixTimestamp(min(${quoted(TIME_COLUMN)})) AS seconds, count() > 0 AS found FROM ${qualifiedTable(dataSource)}`;
}
