import { HarnessError } from '../harness-error.ts';
import type { ClickHouseData } from './clickhouse-data.ts';

export interface ClickHouseAccess {
  /** Runs one statement and returns its result as text, in the statement's FORMAT or else tab separated. */
  readonly query: (sql: string) => Promise<string>;
  /** Inserts rows, given as objects or as lines of JSON, into a table (quoted by the caller where it has a dot). */
  readonly insert: (table: string, rows: readonly object[] | string) => Promise<void>;
}

/** Statements for tests, on a started ClickHouse or the user's own. Fails with ClickHouse's own message. */
export function clickHouseFrom(data: ClickHouseData): ClickHouseAccess {
  return {
    query: (sql) => post(data, {}, sql),
    insert: async (table, rows) => {
      const lines =
        typeof rows === 'string' ? rows : rows.map((row) => JSON.stringify(row)).join('\n');
      await post(data, { query: `INSERT INTO ${table} FORMAT JSONEachRow` }, lines);
    },
  };
}

async function post(
  data: ClickHouseData,
  parameters: Readonly<Record<string, string>>,
  body: string,
): Promise<string> {
  const search = new URLSearchParams(parameters).toString();
  const response = await fetch(`${data.url}/?${search}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': data.username, 'X-ClickHouse-Key': data.password },
    body,
  });
  const text = await response.text();
  if (!response.ok) throw new HarnessError(`ClickHouse answered ${response.status}: ${text}`);
  return text;
}
