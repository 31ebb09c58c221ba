import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { Clock } from '../../../../lib/clock.ts';
import { CONCURRENT_QUERIES_MAX } from '../../../contract/exporter-config.ts';
import { type ConnectOptions, createAgent, type TlsOptions } from './agents.ts';
import type { Clients } from './query-runner.ts';
import { type QueryBounds, StatedSettings } from './stated-settings.ts';

/** How clients of one address log in and encrypt. */
export interface ClientOptions {
  readonly url: string;
  /** Absent: ClickHouse's default user. */
  readonly login: { readonly username: string; readonly password: string } | undefined;
  readonly tls: TlsOptions;
  /** Absent: queries have only the user's limits. */
  readonly bounds?: QueryBounds;
  /** How long ClickHouse may send nothing during a query. */
  readonly requestTimeoutMs: number;
  /** How host names are resolved. Absent: as the system does it. */
  readonly lookup?: ConnectOptions['lookup'];
  /** Absent: connections go through no proxy. */
  readonly proxy?: ConnectOptions['proxy'];
}

/**
 * How long an idle connection is kept for the next query. DeepFlow's ClickHouse closes it after 3
 * seconds (`keep_alive_timeout`), as every ClickHouse before 23.11 did.
 */
export const IDLE_MS = 2_500;
/** `QueryLimit` bounds the queries at once, for all addresses together. */
const CONNECTIONS_MAX = CONCURRENT_QUERIES_MAX;

/** Makes the clients of one address. They make no connection before the first query. */
export function createClients(clock: Pick<Clock, 'after'>, options: ClientOptions): Clients {
  return {
    kept: newClient(clock, options, true),
    fresh: newClient(clock, options, false),
    settings: new StatedSettings(options.bounds ?? {}),
  };
}

function newClient(
  clock: Pick<Clock, 'after'>,
  { url, login, lookup, proxy, tls, requestTimeoutMs }: ClientOptions,
  keeps: boolean,
): ClickHouseClient {
  const address = new URL(url);
  const { pathname } = address;
  // The client would use a path in its URL as the name of a database.
  address.pathname = '/';
  return createClient({
    url: address,
    pathname,
    application: 'deepflow-kafka-exporter',
    request_timeout: requestTimeoutMs,
    max_open_connections: CONNECTIONS_MAX,
    keep_alive: { enabled: keeps, idle_socket_ttl: IDLE_MS, eagerly_destroy_stale_sockets: true },
    http_agent: createAgent(clock, address, {
      tls,
      keeps,
      lookup,
      proxy,
      maxConnections: CONNECTIONS_MAX,
    }),
    ...login,
    log: { level: 127 },
  });
}
