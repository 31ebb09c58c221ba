import { readdirSync, readFileSync } from 'node:fs';

/** A column as the table's DDL has it. */
export interface Column {
  readonly name: string;
  /** ClickHouse type. */
  readonly type: string;
}

/** One of DeepFlow's tables. */
export interface Table {
  /** `<database>.<table>`, DeepFlow's name of the data source. */
  readonly dataSource: string;
  readonly database: string;
  /** The table's name as it must stand in a statement: with back quotes, as it may hold a dot. */
  readonly quotedName: string;
  readonly columns: readonly Column[];
  /** `CREATE TABLE`, as DeepFlow 7.1 makes it, less its storage policy and its Distributed twin. */
  readonly ddl: string;
}

const SCHEMA = new URL('schema/', import.meta.url);
/** Statements of the `flow_tag` database, separated by empty lines. */
const DICTIONARIES = 'flow_tag.sql';

/** All of DeepFlow's tables whose records can be exported. */
export const TABLES: readonly Table[] = readdirSync(SCHEMA)
  .filter((file) => file.endsWith('.sql') && file !== DICTIONARIES)
  .sort()
  .map(readTable);

/** The table of a data source. @throws when DeepFlow has no such table. */
export function tableNamed(dataSource: string): Table {
  const found = TABLES.find((table) => table.dataSource === dataSource);
  if (found === undefined) {
    const known = TABLES.map((table) => table.dataSource).join(', ');
    throw new Error(`There is no table ${dataSource}; the tables are ${known}.`);
  }
  return found;
}

/** The statements that make the dictionaries of `flow_tag` and the tables behind them. */
export function dictionaryStatements(): readonly string[] {
  return readFileSync(new URL(DICTIONARIES, SCHEMA), 'utf8')
    .split(/;\n\n?/)
    .filter((statement) => statement.trim() !== '');
}

function readTable(file: string): Table {
  const dataSource = file.slice(0, -'.sql'.length);
  const dot = dataSource.indexOf('.');
  const database = dataSource.slice(0, dot);
  const ddl = readFileSync(new URL(file, SCHEMA), 'utf8').replaceAll('\r', '');
  const columns = [...ddl.matchAll(/^ {4}`([^`]+)` (.+?),?$/gm)].map(
    ([, name = '', type = '']) => ({
      name,
      type,
    }),
  );
  return {
    dataSource,
    database,
    quotedName: `${database}.\`${dataSource.slice(dot + 1)}\``,
    columns,
    ddl,
  };
}
