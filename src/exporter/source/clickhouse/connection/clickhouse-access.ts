import type { Credentials } from '../../../config/credential-store.ts';
import type { ClientTls } from '../../../contract/exporter-config.ts';
import type { TlsOptions } from './agents.ts';
import type { ClientOptions } from './clients.ts';

/** How ClickHouse is reached. */
export interface ClickHouseAccess {
  /** True: with the user name and password of the credentials; false: as ClickHouse's default user. */
  readonly authenticated: boolean;
  /** Absent: certificates are checked against the system's authorities. */
  readonly tls?: ClientTls | undefined;
  /** Longest silence of ClickHouse within a query. */
  readonly requestTimeoutMs: number;
}

/** What the credentials have for ClickHouse. */
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
  { authenticated, requestTimeoutMs, tls }: ClickHouseAccess,
  credentials: ClickHouseCredentials,
): ClientOptions {
  const { clickHouseUsername: username = '', clickHousePassword: password = '' } = credentials;
  return {
    url,
    login: authenticated ? { username, password } : undefined,
    tls: tlsOptions(tls, credentials),
    requestTimeoutMs,
  };
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
