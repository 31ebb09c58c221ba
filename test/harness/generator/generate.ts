import type { ClickHouseAccess } from '../clickhouse/clickhouse-access.ts';
import { callExpression } from './calls.ts';
import { ATTRIBUTES, columnExpression, hash } from './columns.ts';
import { DICTIONARY_ROWS, PODS } from './resources.ts';
import { dictionaryStatements, TABLES, tableNamed } from './tables.ts';

/** Rows to make: the same request makes the same rows, on any machine. */
export interface RowsRequest {
  /** `<database>.<table>`, as `flow_log.l7_flow_log`. */
  readonly dataSource: string;
  readonly seed: number;
  /** Number of the first row; rows of different numbers differ. */
  readonly firstRow: number;
  readonly rows: number;
  /** End times lie in this half-open range of microseconds since the Unix epoch. */
  readonly fromMicros: number;
  readonly toMicros: number;
}

type Query = Pick<ClickHouseAccess, 'query'>;

/** Makes DeepFlow's databases, tables and dictionaries, and fills the dictionaries. */
export async function createSchema(clickHouse: Query): Promise<void> {
  const databases = new Set(TABLES.map((table) => table.database));
  for (const database of databases)
    await clickHouse.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
  for (const table of TABLES) await createTable(clickHouse, table.dataSource);
  await createDictionaries(clickHouse);
}

/** Makes DeepFlow's dictionaries and fills them. */
export async function createDictionaries(clickHouse: Query): Promise<void> {
  await clickHouse.query('CREATE DATABASE IF NOT EXISTS flow_tag');
  for (const statement of dictionaryStatements()) await clickHouse.query(statement);
  for (const [dictionary, { columns, select }] of Object.entries(DICTIONARY_ROWS)) {
    await clickHouse.query(`INSERT INTO flow_tag.${dictionary}_rows (${columns}) ${select}`);
  }
}

/** Makes the table of one data source; its database must be there. */
export async function createTable(clickHouse: Query, dataSource: string): Promise<void> {
  await clickHouse.query(tableNamed(dataSource).ddl);
}

/** Inserts generated rows, made by ClickHouse itself. */
export async function insertRows(clickHouse: Query, request: RowsRequest): Promise<void> {
  await clickHouse.query(insertStatement(request));
}

/** The statement that inserts the rows of a request. */
function insertStatement(request: RowsRequest): string {
  const { columns, quotedName } = tableNamed(request.dataSource);
  const span = Math.max(1, request.toMicros - request.fromMicros);
  const names = columns.map(({ name }) => `\`${name}\``).join(', ');
  return `INSERT INTO ${quotedName} (${names})
WITH
  toUInt64(${request.seed}) AS seed,
  ${hash('call')} AS call_hash,
  ${callExpression('call_hash')} AS call,
  ${request.fromMicros} + ${hash('time')} % ${span} AS end_us,
  multiIf(${hash('slow')} % 50 = 0, 2000000, 100000) AS duration_limit,
  50 + ${hash('duration')} % duration_limit AS duration_us,
  ${hash('v6')} % 12 = 0 AS is_v6,
  if(${hash('outside_0')} % 5 = 0, 0, 1 + ${hash('pod_0')} % ${PODS}) AS pod_0,
  if(${hash('outside_1')} % 9 = 0, 0, 1 + ${hash('pod_1')} % ${PODS}) AS pod_1,
  ${ATTRIBUTES} AS attributes
SELECT
  ${columns.map(columnExpression).join(',\n  ')}
FROM (SELECT number AS n FROM numbers(${request.firstRow}, ${request.rows}))`;
}
