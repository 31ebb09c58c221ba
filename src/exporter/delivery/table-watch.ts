import { isDeepStrictEqual } from 'node:util';
import type { DataSource } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { FoundProblem } from '../contract/status-report.ts';
import { ColumnTypeError } from '../encode/columns/column-type-error.ts';
import type { PreparedTable } from '../records/prepare-table.ts';
import { type RecordSource, SourceError, TIME_COLUMN } from '../source/source.ts';
import type { HealthBoard } from '../status/health-board.ts';
import { sourceCheck } from '../status/shard-checks.ts';

/** The tables as they are now, for all shards. */
export interface TableWatch {
  /** What is read of a table. Undefined until the table has been checked successfully. */
  get(dataSource: DataSource): PreparedTable | undefined;
  /** Reading a table worked. */
  ok(dataSource: DataSource): void;
  /**
   * Reading a table failed: the table is checked again soon. @throws errors that are not the
   * source's.
   */
  fail(dataSource: DataSource, error: unknown): void;
  /**
   * No shard reads any longer: from now on, only the periodic check decides whether a table is
   * healthy.
   */
  release(): void;
}

/** What checking tables needs. */
export interface TablesDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly source: RecordSource;
  /** Compiles what is read of a table that has these columns. */
  readonly prepare: (
    dataSource: DataSource,
    available: ReadonlyMap<string, string>,
  ) => PreparedTable;
}

const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
/** How often a table is checked while the checks succeed. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Checks the tables every minute and after each failure, until `signal` aborts. Servers of other
 * versions have other columns, and an upgrade changes the columns.
 */
export function watchTables(
  deps: TablesDeps,
  dataSources: readonly DataSource[],
  signal: AbortSignal,
): TableWatch {
  const watched = new Map(dataSources.map((name) => [name, new WatchedTable(deps, name)]));
  const tableOf = (dataSource: DataSource): WatchedTable => {
    const table = watched.get(dataSource);
    if (table === undefined) throw new Error(`${dataSource} is not watched`);
    return table;
  };
  for (const table of watched.values()) void table.watch(signal);
  return {
    get: (dataSource) => tableOf(dataSource).prepared,
    ok: (dataSource) => {
      tableOf(dataSource).ok();
    },
    fail: (dataSource, error) => {
      tableOf(dataSource).fail(error);
    },
    release: () => {
      for (const table of watched.values()) table.release();
    },
  };
}

class WatchedTable {
  prepared: PreparedTable | undefined = undefined;
  readonly check: string;
  readonly #deps: TablesDeps;
  readonly #dataSource: DataSource;
  #available: ReadonlyMap<string, string> | undefined = undefined;
  #isReadable = true;
  #lookNow = new AbortController();

  constructor(deps: TablesDeps, dataSource: DataSource) {
    this.#deps = deps;
    this.#dataSource = dataSource;
    this.check = sourceCheck(dataSource);
    deps.health.expect(this.check);
  }

  ok(): void {
    this.#isReadable = true;
    this.#deps.health.ok(this.check);
  }

  fail(error: unknown): void {
    this.#isReadable = false;
    this.#deps.health.fail(this.check, problemOf(error, this.#dataSource));
    this.#lookNow.abort();
  }

  release(): void {
    this.#isReadable = true;
    this.#lookNow.abort();
  }

  async watch(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#look();
        failures = 0;
      } catch (error) {
        this.#deps.health.fail(this.check, problemOf(error, this.#dataSource));
        failures++;
      }
      if (failures > 0) {
        await clock.sleep(backoffMs(RETRY, failures - 1, random()), signal);
        continue;
      }
      await clock.sleep(LOOK_AGAIN_MS, AbortSignal.any([signal, this.#lookNow.signal]));
      this.#lookNow = new AbortController();
    }
  }

  /** A missing table has no columns. `source.check` then reports that the table is missing. */
  async #look(): Promise<void> {
    const { source, prepare, health } = this.#deps;
    const dataSource = this.#dataSource;
    const available = await source.columns(dataSource);
    if (available.size === 0) await source.check(dataSource, [TIME_COLUMN]);
    const isSame = isDeepStrictEqual(available, this.#available);
    const known = isSame ? this.prepared : undefined;
    const table = known ?? prepare(dataSource, available);
    await source.check(dataSource, table.columns, table.where);
    this.#available = available;
    this.prepared = table;
    // After a failed reading, only a successful reading clears the problem.
    if (this.#isReadable) health.ok(this.check);
  }
}

function problemOf(error: unknown, dataSource: DataSource): FoundProblem {
  if (error instanceof SourceError) {
    return { ...error.problem, isOfOne: error.problem.reason === 'TableMissing' };
  }
  if (!(error instanceof ColumnTypeError)) throw error;
  const remedy = 'leave its field out of spec.exportFields, or update the exporter';
  const message = `${dataSource}: ${error.message}; ${remedy}`;
  return { reason: 'ClickHouseError', message, isOfOne: true };
}
