import { Agent } from 'undici';
import { ADDRESS_ATTEMPTS } from '../../lib/net/address-attempts.ts';

/** Address of the API server, and how to log in. */
export interface KubeConnection {
  /** Origin and path prefix of the API server, without a slash at the end. */
  readonly server: string;
  /** True inside a pod. */
  readonly inCluster: boolean;
  /** Namespace of the kubeconfig's context, or of the pod. Undefined: none is named. */
  readonly namespace?: string | undefined;
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
  readonly requests: Agent;
  readonly watches: Agent;
}

/** Longest wait for the first byte of an answer. */
const HEADERS_TIMEOUT_MS = 30_000;

/** The API server sends a bookmark about once a minute. A watch without data for longer than this is dead. */
const WATCH_IDLE_TIMEOUT_MS = 150_000;

/** Requests that run at the same time, if the caller does not say how many. */
const REQUESTS_MAX = 8;

/** Agents that share connections with this TLS material and keep them alive. */
export function createAgents(tls: TlsMaterial, requestsMax = REQUESTS_MAX): KubeAgents {
  const connect = { ...tls, ...ADDRESS_ATTEMPTS, timeout: 10_000 };
  const shared = { connect, allowH2: false, headersTimeout: HEADERS_TIMEOUT_MS };
  return {
    requests: new Agent({ ...shared, connections: requestsMax, bodyTimeout: HEADERS_TIMEOUT_MS }),
    watches: new Agent({ ...shared, bodyTimeout: WATCH_IDLE_TIMEOUT_MS }),
  };
}
