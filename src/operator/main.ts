import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { systemClock } from '../lib/clock.ts';
import { startHttpServer } from '../lib/serve/http-server.ts';
import { createLogger, type LOG_LEVELS } from '../lib/logger.ts';
import { startProfileServer } from '../lib/serve/profile-server.ts';
import { registerProcessMetrics } from '../lib/serve/process-metrics.ts';
import type { SecretLabel } from './credentials/permitted-secret.ts';
import type { PodAllowances } from './desired/pod-allowances.ts';
import { createKubeApiClient } from './kube/kube-api-client.ts';
import type { KubeClient } from './kube/kube-client.ts';
import { openKubeConnection } from './kube/open-kube-connection.ts';
import { createKubeTransport } from './kube/kube-transport.ts';
import { LEASE_NAME } from './leader/lease.ts';
import { createOperatorMetrics } from './metrics.ts';
import { type LeaderElectionDeps, runLeaderElection } from './leader/leader-election.ts';
import { startOperator, type WhileLeading, WORKERS } from './operator.ts';
import type { PodAccess } from './pod-access.ts';
import { readOwnImage } from './pods/own-image.ts';
import {
  createDirectPodStatusReader,
  createProxyPodStatusReader,
} from './pods/pod-status-reader.ts';
import { registerReadiness } from './readiness-metric.ts';

/** Options of the `operator` command. */
export interface RunOperatorOptions extends PodAllowances {
  /** `--kubeconfig`: path. Absent: the same file as kubectl, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /**
   * `--exporter-image`. Absent: the environment variable EXPORTER_IMAGE, then the image of the operator's own pod, which
   * POD_NAMESPACE and POD_NAME name.
   */
  readonly exporterImage?: string | undefined;
  /** `--installation`: a part of the default names in Kafka; absent: none. */
  readonly installation?: string | undefined;
  /** `--platform-security-context`: the platform chooses user and groups of the exporters' pods. */
  readonly platformSecurityContext?: boolean | undefined;
  /** `--require-secret-label`: only Secrets with this label may be referred to. Absent: all may. */
  readonly requireSecretLabel?: SecretLabel | undefined;
  /** `--watch-namespaces a,b`; absent or empty: all namespaces. */
  readonly watchNamespaces?: readonly string[] | undefined;
  /**
   * `--pod-access`: `direct` asks pods at their own address, `proxy` asks them through the API server. Absent: `direct` inside
   * a cluster, `proxy` outside.
   */
  readonly podAccess?: PodAccess | undefined;
  /** `--leader-elect`: several operators may run, and only the one that has a Lease reconciles. */
  readonly leaderElect?: boolean | undefined;
  /** `--leader-election-namespace`: where the Lease is. Absent: the namespace of the operator's own pod, POD_NAMESPACE. */
  readonly leaderElectionNamespace?: string | undefined;
  /** `--profile-port`: profiles are served on this port of 127.0.0.1. Absent: none. */
  readonly profilePort?: number | undefined;
  /** `--port` of /livez, /readyz and /metrics; 8081 by default; 0: any free port. */
  readonly port?: number | undefined;
  /** `--log-level`; info by default. */
  readonly logLevel?: (typeof LOG_LEVELS)[number] | undefined;
}

/** An operator that runs in this process. */
export interface RunningOperator {
  /** Port of /livez, /readyz and /metrics. */
  readonly port: number;
  /** Waits for the running reconciliations, then closes every connection. */
  stop(): Promise<void>;
}

/**
 * Starts the operator. This is the composition root: only this module reads the environment and builds clients. It does not
 * wait for the API server: `/readyz` is successful once all objects are listed.
 *
 * @param onLost called when the leadership is lost. The process must end then, and with it all work in flight.
 * @throws when the options, the kubeconfig or the port cannot be used.
 */
export async function runOperator(
  options: RunOperatorOptions,
  onLost: (error: Error) => void,
): Promise<RunningOperator> {
  const leaseNamespace = options.leaderElect === true ? leaseNamespaceOf(options) : undefined;
  const logger = createLogger('operator', options.logLevel ?? 'info');
  const registry = new Registry();
  registerProcessMetrics(registry);
  const connection = await openKubeConnection(options.kubeconfig, process.env);
  const metrics = createOperatorMetrics(registry, {
    host: new URL(connection.server).host,
    workers: WORKERS,
    clock: systemClock,
  });
  const transport = createKubeTransport({ connection, clock: systemClock, onCall: metrics.call });
  const client = createKubeApiClient(transport);
  const image = options.exporterImage ?? (await defaultImage(client));
  const access = options.podAccess ?? (connection.inCluster ? 'direct' : 'proxy');
  const electionDeps = { client, clock: systemClock, random: Math.random, logger };
  const whileLeading =
    leaseNamespace === undefined
      ? undefined
      : leaderElection({ ...electionDeps, onLeading: metrics.leading }, leaseNamespace, onLost);
  const operator = startOperator(
    {
      client,
      podStatus:
        access === 'direct' ? createDirectPodStatusReader() : createProxyPodStatusReader(client),
      clock: systemClock,
      random: Math.random,
      logger,
      metrics,
      whileLeading,
    },
    {
      image,
      installation: options.installation ?? '',
      platformSecurityContext: options.platformSecurityContext ?? false,
      secretLabel: options.requireSecretLabel,
      podAllowances: options,
      namespaces: options.watchNamespaces ?? [],
      instance: hostname(),
    },
  );
  registerReadiness(registry, () => operator.resources());
  const server = await startHttpServer({
    port: options.port ?? 8_081,
    registry,
    isLive: () => true,
    notReady: () => (operator.isSynced() ? undefined : 'not all objects are listed yet'),
  });
  const profiles =
    options.profilePort === undefined ? undefined : await startProfileServer(options.profilePort);
  logger.info({ port: server.port, server: connection.server, image, access }, 'operator started');
  return {
    port: server.port,
    stop: async () => {
      logger.info('stopping');
      await operator.stop();
      await server.close();
      await profiles?.close();
      await client.close();
    },
  };
}

function leaderElection(
  deps: LeaderElectionDeps,
  namespace: string,
  onLost: (error: Error) => void,
): WhileLeading {
  const candidacy = { namespace, name: LEASE_NAME, identity: `${hostname()}_${randomUUID()}` };
  return async (work, signal) => {
    const end = await runLeaderElection(deps, candidacy, { work, signal });
    if (end === 'lost') {
      onLost(
        new Error(`the Lease ${namespace}/${LEASE_NAME} is lost: another operator may lead now`),
      );
    }
  };
}

function leaseNamespaceOf({ leaderElectionNamespace }: RunOperatorOptions): string {
  const namespace = leaderElectionNamespace ?? process.env['POD_NAMESPACE'] ?? '';
  if (namespace !== '') return namespace;
  throw new Error(
    'the namespace of the Lease is not set: set --leader-election-namespace or the variable POD_NAMESPACE',
  );
}

async function defaultImage(client: KubeClient): Promise<string> {
  const { EXPORTER_IMAGE: image, POD_NAMESPACE: namespace, POD_NAME: name } = process.env;
  if (image !== undefined && image !== '') return image;
  if (namespace === undefined || name === undefined) {
    throw new Error(
      'the image of the exporter is not set: set --exporter-image or the variable EXPORTER_IMAGE',
    );
  }
  return readOwnImage(client, { namespace, name });
}
