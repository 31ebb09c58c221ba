import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { AuditedWrite } from '../../harness/kubernetes/audit-log.ts';
import { kubeconfig } from '../../harness/kubernetes/kubeconfig.ts';
import {
  type KubernetesHandle,
  startKubernetes,
} from '../../harness/kubernetes/start-kubernetes.ts';
import { openRun, type Run } from '../../harness/process/run.ts';
import { type AdminApi, createAdminApi } from '../../integration/operator/cluster/admin-api.ts';
import { DEPLOYED } from '../../integration/operator/cluster/cluster-under-test.ts';
import { buildCommand } from '../exporter-process.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';
import { untilEstablished } from '../../harness/kubernetes/until-established.ts';

const NAMESPACE = 'default';
const TOKEN_LIFETIME = '4h';

/** An API server with an audit log, and the operator's CRD and rights. */
export interface BenchCluster {
  readonly kubeconfigPath: string;
  readonly namespace: string;
  readonly admin: AdminApi;
  /** Starts an operator as its own ServiceAccount, in a process of its own. */
  startOperator(): Promise<OperatorProcess>;
  /** All writes so far. */
  writes(): Promise<readonly AuditedWrite[]>;
  stop(): Promise<void>;
}

/** How a cluster without nodes is started. */
export interface BenchClusterOptions {
  /** Run the controllers of Kubernetes, which make pods of Deployments, as well. */
  readonly controllers: boolean;
}

/** Starts a cluster without nodes. */
export async function openBenchCluster(options: BenchClusterOptions): Promise<BenchCluster> {
  const run = await openRun('bench-operator');
  try {
    return await open(run, options);
  } catch (error) {
    await run.stop();
    throw error;
  }
}

async function open(run: Run, { controllers }: BenchClusterOptions): Promise<BenchCluster> {
  const command = await buildCommand(run);
  const kubernetes = await startKubernetes({
    controllerManager: controllers,
    audit: 'Metadata',
  });
  await kubernetes.kubectl(['apply', '--server-side', '-k', 'deploy']);
  await untilEstablished(kubernetes.kubectl);
  const operatorKubeconfig = join(run.folder, 'operator.kubeconfig');
  await writeFile(operatorKubeconfig, await kubeconfigOfOperator(kubernetes), { mode: 0o600 });
  const admin = createAdminApi(kubernetes.kubeconfigPath, NAMESPACE);
  return {
    kubeconfigPath: kubernetes.kubeconfigPath,
    namespace: NAMESPACE,
    admin,
    startOperator: () => startOperatorProcess(run, command, operatorKubeconfig),
    writes: kubernetes.writes,
    stop: async () => {
      await admin.close();
      await kubernetes.stop();
      await run.stop();
    },
  };
}

/** The operator's name in the audit log. */
export const OPERATOR_USER = `system:serviceaccount:${DEPLOYED.namespace}:${DEPLOYED.name}`;

const clusters = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }),
    }),
  ]),
});

async function kubeconfigOfOperator({
  kubeconfigPath,
  kubectl,
}: KubernetesHandle): Promise<string> {
  const of = ['--namespace', DEPLOYED.namespace, '--duration', TOKEN_LIFETIME];
  const token = await kubectl(['create', 'token', DEPLOYED.name, ...of]);
  const [{ cluster }] = clusters.parse(load(await readFile(kubeconfigPath, 'utf8'))).clusters;
  const caPem = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  return kubeconfig({ server: cluster.server, caPem, token: token.trim() });
}
