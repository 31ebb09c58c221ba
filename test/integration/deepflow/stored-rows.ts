import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import type { Row } from '../../../src/deepflow/filters/predicate/row-value.ts';
import { columnTypes } from '../../../src/exporter/push/rows/column-type.ts';
import { isRow, parseLine } from '../../../src/exporter/push/rows/parse-line.ts';
import { timeReader } from '../../../src/exporter/push/rows/parse-time.ts';
import type { ClickHouseAccess } from '../../harness/clickhouse/clickhouse-access.ts';
import { tableNamed } from '../../harness/generator/tables.ts';

/** The lines of a table as ClickHouse prints them, in the order of a column: 64-bit integers as numbers or as text. */
export async function storedLines(
  clickHouse: Pick<ClickHouseAccess, 'query'>,
  dataSource: DataSource,
  order: string,
  quotesIntegers = false,
): Promise<readonly string[]> {
  const { quotedName } = tableNamed(dataSource);
  const answer = await clickHouse.query(
    `SELECT * FROM ${quotedName} ORDER BY ${order} FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = ${Number(quotesIntegers)}`,
  );
  return answer.split('\n').filter((line) => line !== '');
}

/** The rows of a table as the push server reads them from what ClickHouse prints. */
export async function storedRows(
  clickHouse: Pick<ClickHouseAccess, 'query'>,
  dataSource: DataSource,
  order: string,
): Promise<readonly Row[]> {
  const columns = [...columnTypes(dataSource, timeReader('Asia/Shanghai')).values()];
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  return (await storedLines(clickHouse, dataSource, order)).map((line) => {
    const row = parseLine(line, columns);
    if (!isRow(row)) throw new Error(`${row.reason}: ${line}`);
    return (column) => row[places.get(column) ?? -1];
  });
}
