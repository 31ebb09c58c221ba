import type { Credentials } from '../../../config/credential-store.ts';
import type { ClientTls, ReadingConfig } from '../../../contract/exporter-config.ts';
import type { TlsOptions } from './agents.ts';
import type { ClientOptions } from './clients.ts';
import type { QueryBounds } from './stated-settings.ts';

/**
 * The limits of queries, and the resource that they belong to. Absent parts: as in the user's
 * profile.
 */
type QueryOptions = Partial<
  Pick<ReadingConfig, 'resource'> &
    Pick<ReadingConfig['clickHouse'], 'maxQueryThreads' | 'maxQueryMemoryBytes' | 'queryPriority'>
>;

/** How ClickHouse is reached. */
export interface ClickHouseAccess extends QueryOptions {
  /** True: with the user name and password of the credentials; false: as ClickHouse's default user. */
  readonly authenticated: boolean;
  /** Absent: certificates are checked against the system's CAs. */
  readonly tls?: ClientTls | undefined;
  /** How long ClickHouse may send nothing during a query. */
  readonly requestTimeoutMs: number;
}

/** The part of the credentials that is for ClickHouse. */
export type ClickHouseCredentials = Partial<
  Pick<
    Credentials,
    | 'revision'
    | 'clickHouseUsername'
    | 'clickHousePassword'
    | 'clickHouseCa'
    | 'clickHouseClientCertificate'
    | 'clickHouseClientKey'
  >
>;

/** How clients of an address log in and encrypt with these credentials. */
export function clientOptions(
  url: string,
  access: ClickHouseAccess,
  credentials: ClickHouseCredentials,
): ClientOptions {
  const { authenticated, requestTimeoutMs, tls } = access;
  const { clickHouseUsername: username = '', clickHousePassword: password = '' } = credentials;
  return {
    url,
    login: authenticated ? { username, password } : undefined,
    tls: tlsOptions(tls, credentials),
    requestTimeoutMs,
    bounds: queryBounds(access),
  };
}

/**
 * The bounds as ClickHouse's settings. `log_comment` is shown in `system.query_log` and
 * `system.processes`.
 */
function queryBounds({
  maxQueryThreads,
  maxQueryMemoryBytes,
  queryPriority,
  resource,
}: QueryOptions): QueryBounds {
  const bounds = {
    max_threads: maxQueryThreads,
    max_memory_usage: maxQueryMemoryBytes,
    priority: queryPriority,
    log_comment: resource === undefined ? undefined : `KafkaExporter ${resource}`,
  };
  return Object.fromEntries(
    Object.entries(bounds).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    ),
  );
}

function tlsOptions(
  tls: ClickHouseAccess['tls'],
  { clickHouseCa, clickHouseClientCertificate, clickHouseClientKey }: ClickHouseCredentials,
): TlsOptions {
  return {
    ca: tls?.privateCa === true ? clickHouseCa : undefined,
    cert: tls?.clientCertificate === true ? clickHouseClientCertificate : undefined,
    key: tls?.clientCertificate === true ? clickHouseClientKey : undefined,
    servername: tls?.serverName,
    rejectUnauthorized: tls?.insecureSkipVerify !== true,
  };
}
