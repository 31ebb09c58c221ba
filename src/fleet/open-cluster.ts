import { systemClock } from '../lib/clock.ts';
import { createKubeApiClient } from '../operator/kube/kube-api-client.ts';
import type { KubeClient } from '../operator/kube/kube-client.ts';
import { createKubeTransport } from '../operator/kube/kube-transport.ts';
import { type KubeEnvironment, openKubeConnection } from '../operator/kube/open-kube-connection.ts';

/** The part of the API server that the fleet is read with. Nothing is written. */
export type FleetClient = Pick<KubeClient, 'get' | 'getThroughProxy' | 'list'>;

/** Which API server to ask, and as whom: the same choices as kubectl has. */
export interface ClusterAccess {
  /** Path of a kubeconfig; undefined: as kubectl finds it. */
  readonly kubeconfig?: string | undefined;
  /** Name of a context; undefined: the current one. */
  readonly context?: string | undefined;
  /** Variables of the process. */
  readonly environment: KubeEnvironment;
}

/** An open connection to an API server, with the rights of the user. */
export interface OpenCluster {
  readonly client: FleetClient;
  /** Namespace of the context. */
  readonly namespace: string;
  /** Closes every connection. Open requests fail. */
  close(): Promise<void>;
}

/** Requests that run at the same time. Many pods are asked, each for a moment. */
export const REQUESTS_MAX = 32;

/** Connects as kubectl does. @throws Error when no API server is configured. */
export async function openCluster(access: ClusterAccess): Promise<OpenCluster> {
  const { context, environment, kubeconfig } = access;
  const connection = await openKubeConnection(kubeconfig, environment, context);
  const client = createKubeApiClient(
    createKubeTransport({ connection, clock: systemClock, requestsMax: REQUESTS_MAX }),
  );
  return {
    client,
    namespace: connection.namespace ?? 'default',
    close: () => client.close(),
  };
}
