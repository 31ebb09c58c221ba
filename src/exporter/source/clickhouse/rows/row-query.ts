import { type TableRequest, tableOf } from '../../../../deepflow/data-sources.ts';
import { sqlIdentifier, sqlString } from '../../../../deepflow/sql-literal.ts';
import { hashColumn } from '../../row-hash.ts';
import { type RowHash, TIME_COLUMN, type Window } from '../../source.ts';
import { rowHashSql } from './row-hash-sql.ts';

/** The first column of every table's primary key. */
const TIME = sqlIdentifier(TIME_COLUMN);

/**
 * Calls that DeepFlow imports from OpenTelemetry, SkyWalking and Datadog have this number (SIGNAL_SOURCE_OTEL); its
 * own exporter never sees them.
 */
const IMPORTED_SPANS = `${sqlIdentifier('signal_source')} = 4`;

/** What is read from a table. */
export interface RowsRequest extends TableRequest {
  readonly columns: readonly string[];
  /** The hashes to read as well. Absent: none. */
  readonly hash?: RowHash | undefined;
  /** A condition on the rows in SQL. Absent: all rows. */
  readonly where?: string | undefined;
  /** False: without calls that DeepFlow imported from other tracers. */
  readonly importedSpans: boolean;
}

function qualifiedTable({ dataSource, organizationId }: TableRequest): string {
  const { database, table } = tableOf(dataSource, organizationId);
  return `${sqlIdentifier(database)}.${sqlIdentifier(table)}`;
}

/**
 * Reads the rows of a window. The query names its columns and never uses `*`, since users may add
 * columns to these tables. The query text contains the window, since proxies may drop parameters.
 */
export function windowQuery(request: RowsRequest, window: Window): string {
  return selectFrom(request, inWindow(window));
}

/** Reads no row, but fails as `windowQuery` would when the table or a column of it is missing. */
export function checkQuery(request: RowsRequest): string {
  return selectFrom(request, '0');
}

/** How many rows each second of a window has, as `second` and `rows`. */
export function countQuery(request: Omit<RowsRequest, 'columns' | 'hash'>, window: Window): string {
  return `SELECT toUnixTimestamp(${TIME}) AS second, count() AS rows FROM ${fromWhere(request, inWindow(window))} GROUP BY second`;
}

function inWindow({ from, to }: Window): string {
  return `${TIME} >= toDateTime(${from}) AND ${TIME} < toDateTime(${to})`;
}

function selectFrom(request: RowsRequest, rows: string): string {
  const { columns, hash } = request;
  const selected = columns.map(sqlIdentifier);
  for (const form of hash?.forms ?? []) {
    selected.push(
      `${rowHashSql(form, hash?.columns ?? new Map())} AS ${sqlIdentifier(hashColumn(form))}`,
    );
  }
  return `SELECT ${selected.join(', ')} FROM ${fromWhere(request, rows)}`;
}

function fromWhere(request: Omit<RowsRequest, 'columns' | 'hash'>, rows: string): string {
  const { dataSource, where, importedSpans } = request;
  const conditions = [
    rows,
    ...(importedSpans || dataSource !== 'flow_log.l7_flow_log' ? [] : [`NOT (${IMPORTED_SPANS})`]),
    ...(where === undefined ? [] : [`(${where})`]),
  ];
  return `${qualifiedTable(request)} WHERE ${conditions.join(' AND ')}`;
}

/** The second of the oldest row as `seconds`, and whether there is a row as `found`. */
export function earliestQuery(request: TableRequest): string {
  return `SELECT toUnixTimestamp(min(${TIME})) AS seconds, count() > 0 AS found FROM ${qualifiedTable(request)}`;
}

/**
 * The second of the oldest row at or after a second, as `seconds`. No row when there is none. With
 * ORDER BY the primary key, ClickHouse reads only the first rows. `min` would read the column to
 * its end.
 */
export function nextRowQuery(request: TableRequest, second: number): string {
  return `SELECT toUnixTimestamp(${TIME}) AS seconds FROM ${qualifiedTable(request)} WHERE ${TIME} >= toDateTime(${Math.max(0, second)}) ORDER BY ${TIME} LIMIT 1`;
}

/** The table's columns as `name` and `type`. No row when the table is missing. */
export function columnsQuery({ dataSource, organizationId }: TableRequest): string {
  const { database, table } = tableOf(dataSource, organizationId);
  return `SELECT name, type FROM system.columns WHERE database = ${sqlString(database)} AND table = ${sqlString(table)}`;
}
