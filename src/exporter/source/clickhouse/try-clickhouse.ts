import type { Clock } from '../../../lib/clock.ts';
import type { Credentials } from '../../config/credential-store.ts';
import type { ReadingConfig } from '../../contract/exporter-config.ts';
import type { FoundProblem } from '../../contract/status-report.ts';
import { type RecordSource, SourceError, TIME_COLUMN } from '../source.ts';
import { createClickHouseAddresses } from './addresses/clickhouse-addresses.ts';
import { createClickHouseSource } from './rows/clickhouse-source.ts';

/** What trying needs. */
export interface TryClickHouseDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** The source in use. */
  readonly current: RecordSource;
}

const TIMEOUT_MS = 10_000;
/** Number of columns that a message names. */
const COLUMNS_NAMED = 10;

/**
 * Tries credentials at every address of ClickHouse: the login, the settings of the exporter's queries, and each table with its
 * columns. Addresses that cannot be reached do not count while another address answers.
 *
 * @returns why the credentials cannot be used; undefined: they can.
 */
export async function tryClickHouse(
  deps: TryClickHouseDeps,
  config: ReadingConfig,
  credentials: Credentials,
): Promise<FoundProblem | undefined> {
  let unreachable: FoundProblem | undefined;
  let accepted = false;
  for (const url of [config.clickHouse.url, ...config.clickHouse.replicaUrls]) {
    const access = { ...config.clickHouse, url, replicaUrls: [], requestTimeoutMs: TIMEOUT_MS };
    const addresses = createClickHouseAddresses(deps, access, () => credentials);
    const problem = await tryTables(
      createClickHouseSource(access, addresses),
      config,
      deps.current,
    );
    if (problem === undefined) accepted = true;
    else if (problem.reason === 'ClickHouseUnreachable') unreachable ??= problem;
    else return problem;
  }
  return accepted ? undefined : unreachable;
}

async function tryTables(
  source: RecordSource,
  { dataSources }: ReadingConfig,
  current: RecordSource,
): Promise<FoundProblem | undefined> {
  for (const dataSource of dataSources) {
    const read = async (from: RecordSource): Promise<ReadonlySet<string> | FoundProblem> => {
      try {
        await from.check(dataSource, [TIME_COLUMN]);
        return new Set((await from.columns(dataSource)).keys());
      } catch (error) {
        if (error instanceof SourceError) return error.problem;
        throw error;
      }
    };
    const found = await read(source);
    if (isProblem(found)) {
      // A table that DeepFlow has not created yet says nothing about the user.
      if (found.reason === 'TableMissing') continue;
      return found;
    }
    const before = await read(current);
    const lacking = isProblem(before) ? [] : [...before].filter((column) => !found.has(column));
    if (lacking.length > 0) return hiddenColumns(dataSource, lacking);
  }
  return undefined;
}

function isProblem(found: ReadonlySet<string> | FoundProblem): found is FoundProblem {
  return 'reason' in found;
}

function hiddenColumns(dataSource: string, columns: readonly string[]): FoundProblem {
  const more = columns.length > COLUMNS_NAMED ? ` and ${columns.length - COLUMNS_NAMED} more` : '';
  const named = `${columns.slice(0, COLUMNS_NAMED).join(', ')}${more}`;
  return {
    reason: 'ClickHouseAuthenticationFailed',
    message: `the ClickHouse user may not read the columns ${named} of the table of ${dataSource}, which the former user may read: grant access with GRANT SELECT`,
  };
}
