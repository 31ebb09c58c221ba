import { FLOW_LOGS } from '../../test/harness/generator/flow-logs.ts';
import type { ClickHouseHandle } from '../../test/harness/clickhouse/start-clickhouse.ts';
import { createDictionaries, createTable } from '../../test/harness/generator/generate.ts';
import { startRowStream } from '../../test/harness/generator/stream.ts';
import type { RowStream } from '../../test/harness/generator/stream.ts';
import { HarnessError } from '../../test/harness/harness-error.ts';

/** How many rows to write. */
export interface RowsOptions {
  /** Into each table. */
  readonly rowsPerSecond: number;
  /** Into each table; undefined: until the streams are stopped. */
  readonly rowsMax: number | undefined;
}

/** Rows are written at most this late. `settleSeconds` of the exporter must be longer. */
export const LATE_SECONDS_MAX = 2;

/** The databases of the flow logs, and of the names of resources. */
const databases = ['flow_log', 'flow_tag'];

/**
 * Creates DeepFlow's tables of flow logs, and its dictionaries. Refuses a ClickHouse that has one of the databases
 * already, because generated rows would be mixed with DeepFlow's rows.
 *
 * @param undo called before anything is created, with a function that removes it.
 */
export async function createFlowLogTables(
  clickHouse: ClickHouseHandle,
  undo: (cleanUp: () => Promise<void>) => void,
): Promise<void> {
  const present = (await clickHouse.query('SHOW DATABASES FORMAT TSV')).split('\n');
  const taken = databases.find((database) => present.includes(database));
  if (taken !== undefined) {
    throw new HarnessError(
      `ClickHouse at ${clickHouse.url} already has the database ${taken}, and the quickstart would write generated rows into it: set TEST_CLICKHOUSE_URL to another server, or unset it.`,
    );
  }
  undo(async () => {
    for (const database of databases) await clickHouse.query(`DROP DATABASE IF EXISTS ${database}`);
  });
  await clickHouse.query('CREATE DATABASE flow_log');
  await createDictionaries(clickHouse);
  for (const dataSource of FLOW_LOGS) await createTable(clickHouse, dataSource);
}

/** Starts a stream of rows into each table, in the order of `FLOW_LOGS`. A tenth of the rows are late. */
export function startFlowLogs(clickHouse: ClickHouseHandle, options: RowsOptions): RowStream[] {
  const { rowsPerSecond, rowsMax } = options;
  return FLOW_LOGS.map((dataSource, index) =>
    startRowStream(clickHouse, {
      dataSource,
      seed: index + 1,
      rowsPerSecond,
      lateShare: 0.1,
      lateSecondsMax: LATE_SECONDS_MAX,
      ...(rowsMax !== undefined && { rowsMax }),
    }),
  );
}
