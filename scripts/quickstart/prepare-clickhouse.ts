import { DATA_SOURCES } from '../../src/deepflow/data-sources.ts';
import type { ClickHouseHandle } from '../../test/harness/clickhouse/start-clickhouse.ts';
import { createTable } from '../../test/harness/generator/generate.ts';
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

/** DeepFlow's rows are written this late at most; `settleSeconds` of the exporter must be longer. */
export const LATE_SECONDS_MAX = 2;

const database = 'flow_log';

/**
 * Creates DeepFlow's tables of flow logs. Refuses a ClickHouse that has the database already, because rows of our
 * own making would come between DeepFlow's.
 *
 * @param undo told how to remove them again before anything is made.
 */
export async function createFlowLogTables(
  clickHouse: ClickHouseHandle,
  undo: (cleanUp: () => Promise<void>) => void,
): Promise<void> {
  const databases = await clickHouse.query('SHOW DATABASES FORMAT TSV');
  if (databases.split('\n').includes(database)) {
    throw new HarnessError(
      `ClickHouse at ${clickHouse.url} already has the database ${database}, and the quickstart would write generated rows into it: set TEST_CLICKHOUSE_URL to another server, or to none.`,
    );
  }
  undo(async () => {
    await clickHouse.query(`DROP DATABASE IF EXISTS ${database}`);
  });
  await clickHouse.query(`CREATE DATABASE ${database}`);
  for (const dataSource of DATA_SOURCES) await createTable(clickHouse, dataSource);
}

/** Starts a stream of rows into each table, in the order of `DATA_SOURCES`, a tenth of them late. */
export function startFlowLogs(clickHouse: ClickHouseHandle, options: RowsOptions): RowStream[] {
  const { rowsPerSecond, rowsMax } = options;
  return DATA_SOURCES.map((dataSource, index) =>
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
