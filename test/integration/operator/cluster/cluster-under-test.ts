import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { z } from 'zod';
import type { StatusReport } from '../../../../src/exporter/contract/status-report.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import { createKubeApiClient } from '../../../../src/operator/kube/kube-api-client.ts';
import { openKubeConnection } from '../../../../src/operator/kube/open-kube-connection.ts';
import {
  type CallRecord,
  createKubeTransport,
} from '../../../../src/operator/kube/kube-transport.ts';
import { type OperatorOptions, startOperator } from '../../../../src/operator/operator.ts';
import { createDirectPodStatusReader } from '../../../../src/operator/pods/pod-status-reader.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { until, untilDone } from '../../../lib/until.ts';
import {
  type KubernetesAccess,
  kubernetesFrom,
} from '../../../harness/kubernetes/kubernetes-access.ts';
import type { KubernetesData } from '../../../harness/kubernetes/kubernetes-data.ts';
import { type AdminApi, createAdminApi } from './admin-api.ts';
import { untilEstablished } from '../../../harness/kubernetes/until-established.ts';

const ROOT = join(import.meta.dirname, '../../../..');

/** Image that the operator under test gives to pods; no node ever pulls it. */
export const IMAGE = 'deepflow-kafka-exporter:test';
/** The operator's ServiceAccount, Deployment and Lease in deploy/. */
export const DEPLOYED = {
  namespace: 'deepflow-kafka-exporter',
  name: 'deepflow-kafka-exporter-operator',
} as const;
/**
 * How long a test waits for what a change causes. Shorter than the minute after which the operator looks again by itself, so
 * that a change that nobody noticed is a failure; long enough for a machine that runs other tests beside.
 */
export const SOON = { deadlineMs: 45_000 };

/** A test's own namespace on the shared cluster, with the CRD and the operator's rights. */
export interface ClusterUnderTest {
  readonly namespace: string;
  readonly admin: AdminApi;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Runs an operator in this process, as its ServiceAccount, for this namespace only. */
  startOperator(options?: StartOptions): Promise<OperatorUnderTest>;
  /** Writes a kubeconfig with the rights of the ServiceAccount of deploy/, and returns its path. */
  deployedKubeconfig(): Promise<string>;
  /** Sets the answer of every running pod on its status port; undefined: it answers 500. */
  setReport(report: StatusReport | undefined): void;
  close(): Promise<void>;
}

/** How an operator is started. */
interface StartOptions {
  /** Another address of the API server. */
  readonly server?: string;
  /** Another ServiceAccount, `namespace:name`. */
  readonly account?: string;
  /** Options of the command line, beyond those of every test. */
  readonly options?: Partial<OperatorOptions>;
}

/** A running operator and what it did. */
export interface OperatorUnderTest {
  /** Calls of the Kubernetes API since the operator started. */
  readonly calls: readonly CallRecord[];
  /** Calls that were not reads. */
  writes(): CallRecord[];
  /** Reconciliations that ended, of all resources. */
  reconciliations(): number;
  resync(): void;
  stop(): Promise<void>;
}

/**
 * The objects that an operator has deleted. It may delete one a second time before it hears that the object is gone, which changes
 * nothing.
 */
export function deletedPaths({ calls }: OperatorUnderTest): ReadonlySet<string> {
  return new Set(calls.filter(({ method }) => method === 'DELETE').map(({ path }) => path));
}

/** Prepares a namespace. */
export async function openCluster(
  kubernetes: KubernetesData,
  name: string,
): Promise<ClusterUnderTest> {
  const { kubectl } = kubernetesFrom(kubernetes);
  const namespace = `${name}-${process.pid.toString(36)}-${Date.now().toString(36)}`;
  await kubectl(['apply', '--server-side', '--force-conflicts', '-k', join(ROOT, 'deploy')]);
  await untilEstablished(kubectl);
  await kubectl(['create', 'namespace', namespace]);
  // The rights are bound only in this namespace, as for an operator that watches only some namespaces.
  await kubectl([
    ...['create', 'rolebinding', 'operator', '--namespace', namespace],
    ...['--clusterrole', 'deepflow-kafka-exporter-operator'],
    ...['--serviceaccount', `${namespace}:operator`],
  ]);
  await untilAllowed({ kubectl }, { account: `${namespace}:operator`, namespace });
  return openNamespace(kubernetes, namespace);
}

/**
 * Waits until an account may do what the operator does in a namespace. The API server reads new bindings some time after it has
 * stored them, and refuses what comes before.
 */
export async function untilAllowed(
  { kubectl }: Pick<KubernetesAccess, 'kubectl'>,
  { account, namespace }: { readonly account: string; readonly namespace: string },
): Promise<void> {
  const question = ['auth', 'can-i', 'list', 'kafkaexporters.export.deepflow.io'];
  const asked = ['--as', `system:serviceaccount:${account}`, '--namespace', namespace];
  await untilDone(`the rights of ${account}`, () => kubectl([...question, ...asked]));
}

/** The same of a namespace that is there already, on a cluster on which somebody else installs the operator's rights. */
export async function openNamespace(
  kubernetes: KubernetesData,
  namespace: string,
): Promise<ClusterUnderTest> {
  const { kubectl } = kubernetesFrom(kubernetes);
  const directory = await mkdtemp(join(tmpdir(), 'operator-test-'));
  const admin = createAdminApi(kubernetes.kubeconfigPath, namespace);
  const pods = await startPodServer();
  return {
    namespace,
    admin,
    kubectl,
    startOperator: async ({ account = `${namespace}:operator`, options, server } = {}) => {
      const kubeconfig = join(directory, 'operator.kubeconfig');
      await writeFile(
        kubeconfig,
        await impersonating(kubernetes.kubeconfigPath, { account, server }),
      );
      return runInProcess(kubeconfig, pods.port, { namespaces: [namespace], ...options });
    },
    deployedKubeconfig: async () => {
      const kubeconfig = join(directory, 'deployed.kubeconfig');
      const account = `${DEPLOYED.namespace}:${DEPLOYED.name}`;
      await writeFile(kubeconfig, await impersonating(kubernetes.kubeconfigPath, { account }));
      return kubeconfig;
    },
    setReport: pods.setReport,
    close: async () => {
      await kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
      await admin.close();
      await pods.close();
      await rm(directory, { recursive: true });
    },
  };
}

const kubeconfigSchema = z.looseObject({
  clusters: z.array(z.looseObject({ cluster: z.looseObject({ server: z.string() }) })),
  users: z.array(z.looseObject({ user: z.looseObject({}) })),
});

/** The administrator's kubeconfig, which impersonates a ServiceAccount and so has only its rights. */
export async function impersonating(
  path: string,
  { account, server }: { readonly account: string; readonly server?: string | undefined },
): Promise<string> {
  const config = kubeconfigSchema.parse(load(await readFile(path, 'utf8')));
  for (const { user } of config.users) {
    user['as'] = `system:serviceaccount:${account}`;
  }
  if (server !== undefined) for (const { cluster } of config.clusters) cluster.server = server;
  return dump(config);
}

async function runInProcess(
  kubeconfig: string,
  podPort: number,
  options: Pick<OperatorOptions, 'namespaces'> & Partial<OperatorOptions>,
): Promise<OperatorUnderTest> {
  const calls: CallRecord[] = [];
  let ended = 0;
  const connection = await openKubeConnection(kubeconfig, {});
  const onCall = (call: CallRecord): void => {
    calls.push(call);
  };
  const client = createKubeApiClient(
    createKubeTransport({ connection, clock: systemClock, onCall }),
  );
  const operator = startOperator(
    {
      client,
      podStatus: createDirectPodStatusReader(podPort),
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      metrics: {
        controller: { started: () => () => (ended += 1) },
        queue: { added: () => undefined, taken: () => undefined, retried: () => undefined },
      },
    },
    { image: IMAGE, installation: '', instance: 'test', ...options },
  );
  await until('everything listed', () => operator.isSynced(), SOON);
  return {
    calls,
    writes: () => calls.filter(({ method }) => method !== 'GET'),
    reconciliations: () => ended,
    resync: () => {
      operator.resync();
    },
    stop: async () => {
      await operator.stop();
      await client.close();
    },
  };
}

interface PodServer {
  readonly port: number;
  readonly setReport: (report: StatusReport | undefined) => void;
  close(): Promise<void>;
}

/** Simulates the status port of every pod: the address of all pods is 127.0.0.1 in these tests. */
async function startPodServer(): Promise<PodServer> {
  let current: StatusReport | undefined;
  const server: Server = createServer((_request, response) => {
    response.statusCode = current === undefined ? 500 : 200;
    response.end(current === undefined ? '' : JSON.stringify(current));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    setReport: (report) => {
      current = report;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
