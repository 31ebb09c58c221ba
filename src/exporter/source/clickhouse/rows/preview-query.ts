import type { CompiledFilter } from '../../../../deepflow/filters/sql/compile-filter.ts';
import { type DataSource, tableOf } from '../../../../deepflow/data-sources.ts';
import { sqlIdentifier } from '../../../../deepflow/sql-literal.ts';
import type { Window } from '../../source.ts';

/** Which rows a preview reads. */
export interface PreviewRows {
  /** A half-open range of the rows' seconds. Undefined: any time. */
  readonly window: Window | undefined;
  /** How many of the newest rows to read. Undefined: all rows. */
  readonly limit: number | undefined;
}

/** What a preview reads of a table. */
export interface PreviewRequest {
  readonly dataSource: DataSource;
  readonly organizationId: number;
  readonly columns: readonly string[];
  /** The condition that a record must satisfy. Undefined: no condition. */
  readonly where: string | undefined;
  readonly conditions: CompiledFilter['conditions'];
  readonly rows: PreviewRows;
  /** False: only rows that pass. True: all rows, with the conditions that each row satisfies. */
  readonly explains: boolean;
}

/** The column that is 1 when a row passes the filter. */
export const PASSES = 'preview passes';

/** The column that is 1 when a row satisfies a condition. */
export function conditionColumn(i: number): string {
  return `preview condition ${i}`;
}

const TIME = sqlIdentifier('time');

/**
 * Reads rows in the order of their seconds. If there are more rows than the limit, it reads the
 * newest.
 */
export function previewQuery(request: PreviewRequest): string {
  const { dataSource, organizationId, columns, where = '1', conditions, explains } = request;
  const { window, limit } = request.rows;
  const { database, table } = tableOf(dataSource, organizationId);
  const verdicts = explains
    ? [where, ...conditions.map(({ sql }) => sql)].map((sql, i) => ({
        name: sqlIdentifier(i === 0 ? PASSES : conditionColumn(i - 1)),
        sql: `toUInt8(ifNull((${sql}), 0))`,
      }))
    : [];
  const names = [...new Set(columns)].map(sqlIdentifier);
  const inner = [...new Set([...names, TIME])];
  const filters = [
    ...(window === undefined
      ? []
      : [`${TIME} >= toDateTime(${window.from})`, `${TIME} < toDateTime(${window.to})`]),
    ...(explains ? [] : [`(${where})`]),
  ];
  const rows = [
    `SELECT ${[...inner, ...verdicts.map(({ name, sql }) => `${sql} AS ${name}`)].join(', ')}`,
    `FROM ${sqlIdentifier(database)}.${sqlIdentifier(table)}`,
    ...(filters.length === 0 ? [] : [`WHERE ${filters.join(' AND ')}`]),
    ...(limit === undefined ? [] : [`ORDER BY ${TIME} DESC LIMIT ${limit}`]),
  ].join(' ');
  const selected = [...names, ...verdicts.map(({ name }) => name)].join(', ');
  return `SELECT ${selected} FROM (${rows}) ORDER BY ${TIME}`;
}
