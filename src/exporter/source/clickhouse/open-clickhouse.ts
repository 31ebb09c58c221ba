import type { Clock } from '../../../lib/clock.ts';
import type { ProxyEnvironment } from '../../../lib/net/proxy-environment.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import type { CredentialStore } from '../../config/credential-store.ts';
import type { ReadingConfig } from '../../contract/exporter-config.ts';
import type { RenewalReport } from '../../contract/status-report.ts';
import { createClickHouseAddresses } from './addresses/clickhouse-addresses.ts';
import { createBatchReader, type ReadBatches } from './rows/read-batches.ts';
import { createClickHouseSource } from './rows/clickhouse-source.ts';
import type { RecordSource } from '../source.ts';
import type { ExporterMetrics } from '../../status/metrics.ts';
import { createRenewalProblem } from '../../status/renewal-problem.ts';
import { reportAddresses, type ReportAddressesDeps } from './addresses/report-addresses.ts';

/** What opening needs. */
export interface OpenClickHouseDeps extends ReportAddressesDeps {
  readonly metrics: Pick<ExporterMetrics, 'addressChanged' | 'clickHouseQueries'>;
  readonly clock: Clock;
  /** Absent: connections go through no proxy. */
  readonly proxy?: ProxyEnvironment | undefined;
  readonly random: () => number;
  readonly credentials: CredentialStore;
  readonly memory: Memory;
}

/** ClickHouse as an exporter uses it. */
export interface OpenClickHouse {
  readonly source: RecordSource;
  readonly read: ReadBatches;
  /** Undefined: the source uses no credentials. */
  readonly login: SourceLogin | undefined;
}

/** The credentials with which a source is read. */
export interface SourceLogin {
  /** The revision of the credentials that the source has accepted. */
  revision(): number | undefined;
  /** Why the source rejects changed credentials, while the previous credentials stay in use. */
  renewalProblem(): RenewalReport | undefined;
}

/** How long ClickHouse may send nothing during a query. */
const TIMEOUT_MS = 120_000;

/**
 * Opens ClickHouse at all its addresses, and watches them until `signal` aborts. It does not wait
 * for a connection.
 */
export function openClickHouse(
  deps: OpenClickHouseDeps,
  { clickHouse: config, resource }: Pick<ReadingConfig, 'clickHouse' | 'resource'>,
  signal: AbortSignal,
): OpenClickHouse {
  const { clock, credentials, memory, proxy, random } = deps;
  const renewal = createRenewalProblem(deps, 'ClickHouse');
  const addresses = createClickHouseAddresses(
    {
      clock,
      random,
      proxy,
      renewal: {
        found: (problem) => {
          renewal.found(problem, credentials.current().revision);
        },
        solved: renewal.solved,
      },
      onChange: reportAddresses(deps),
      onQueries: (counts) => {
        deps.metrics.clickHouseQueries(counts);
      },
    },
    { ...config, resource, requestTimeoutMs: TIMEOUT_MS },
    () => credentials.current(),
  );
  void addresses.watch(signal);
  const login = { revision: () => addresses.revision(), renewalProblem: renewal.current };
  return {
    source: createClickHouseSource(config, addresses, memory),
    read: createBatchReader(addresses),
    login: usesCredentials(config) ? login : undefined,
  };
}

function usesCredentials({ authenticated, tls }: ReadingConfig['clickHouse']): boolean {
  return authenticated || tls?.privateCa === true || tls?.clientCertificate === true;
}
