import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { ADDRESS_ATTEMPTS } from '../../lib/net/address-attempts.ts';

/** Address of the API server, and how to log in. */
export interface KubeConnection {
  /** Origin and path prefix of the API server, without a slash at the end. */
  readonly server: string;
  /** True inside a pod. */
  readonly inCluster: boolean;
  /** Namespace of the kubeconfig's context, or of the pod. Undefined: none is named. */
  readonly namespace?: string | undefined;
  /** URL of the HTTP proxy through which all connections go (`proxy-url` of a kubeconfig). Absent: none. */
  readonly proxy?: string | undefined;
  /** Reads the present credentials and TLS material, from files that Kubernetes renews. */
  authorize(): Promise<Authorization>;
}

/** What one call needs. Calls with the same TLS material can share connections. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** TLS material of the connection to the API server. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Two sets of connections. Watches stay open, so requests must not wait for their connections. */
export interface KubeAgents {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** Longest wait for a connection, to the proxy and from there to the API server each. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Longest wait for the first byte of an answer. */
const HEADERS_TIMEOUT_MS = 30_000;

/** The API server sends a bookmark about once a minute. A watch without data for longer than this is dead. */
const WATCH_IDLE_TIMEOUT_MS = 150_000;

/** Requests that run at the same time, if the caller does not say how many. */
const REQUESTS_MAX = 8;

/** What the connections of agents have in common. */
export interface AgentOptions {
  readonly tls: TlsMaterial;
  readonly proxy: string | undefined;
  /** Absent: `REQUESTS_MAX`. */
  readonly requestsMax: number | undefined;
}

/** Agents that share connections with this TLS material and keep them alive. */
export function createAgents({ tls, proxy, requestsMax = REQUESTS_MAX }: AgentOptions): KubeAgents {
  const attempts = { ...ADDRESS_ATTEMPTS, timeout: CONNECT_TIMEOUT_MS };
  const connect = { ...tls, ...attempts };
  const create = (options: Agent.Options): Dispatcher =>
    proxy === undefined
      ? new Agent({ ...options, connect })
      : new ProxyAgent({ ...options, uri: proxy, requestTls: connect, proxyTls: attempts });
  const shared = { allowH2: false, headersTimeout: HEADERS_TIMEOUT_MS };
  return {
    requests: create({ ...shared, connections: requestsMax, bodyTimeout: HEADERS_TIMEOUT_MS }),
    watches: create({ ...shared, bodyTimeout: WATCH_IDLE_TIMEOUT_MS }),
  };
}
