import { hasCommand, requireRoot } from '../commands/require-command.ts';
import { HarnessError } from '../harness-error.ts';
import { openRun } from '../process/run.ts';
import type { Run } from '../process/run.ts';
import { withProgress } from '../progress.ts';
import { setting } from '../settings.ts';
import { readAuditLog } from './audit-log.ts';
import type { AuditedWrite, AuditLevel } from './audit-log.ts';
import { startControlPlane, startControllerManager } from './control-plane.ts';
import { kubernetesFrom } from './kubernetes-access.ts';
import type { KubernetesAccess } from './kubernetes-access.ts';
import type { KubernetesData } from './kubernetes-data.ts';
import { kubernetesProgram, kubernetesRemedy } from './kubernetes-programs.ts';
import type { KubernetesProgram } from './kubernetes-programs.ts';
import { DEFAULT_KUBERNETES_VERSION } from './kubernetes-versions.ts';
import type { KubernetesVersion } from './kubernetes-versions.ts';
import { importImage, prepareNode, startNode } from './node.ts';
import { createPodNetwork } from './pod-network.ts';

export interface KubernetesOptions {
  /** 1.34 by default. */
  readonly version?: KubernetesVersion | undefined;
  /** Also run a node, so that pods run. Needs root. Without it Deployments stay without pods. */
  readonly nodes?: boolean;
  /** Run the controllers without a node, for garbage collection; with a node they always run. */
  readonly controllerManager?: boolean;
  /** The apiserver's port; a random free one by default. */
  readonly port?: number;
  /** Log all writes, for `writes`. */
  readonly audit?: AuditLevel;
}

export interface KubernetesHandle extends KubernetesData, KubernetesAccess {
  /** Makes the images of a docker archive known to the node. Fails where the harness runs none. */
  readonly loadImage: (archivePath: string) => Promise<void>;
  /** Kills the apiserver with SIGKILL. Fails where the harness runs none. */
  readonly killApiServer: () => Promise<void>;
  /** Starts the killed apiserver again, with the same data and at the same port, and returns when it is ready. */
  readonly startApiServer: () => Promise<void>;
  /** All writes so far. Fails where they are not logged. */
  readonly writes: () => Promise<readonly AuditedWrite[]>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a Kubernetes of etcd and kube-apiserver, with RBAC, and returns when it is ready; with `nodes` when its
 * node is. With TEST_KUBECONFIG set, nothing is started and the handle is one onto that cluster.
 */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<KubernetesHandle> {
  const own = setting('TEST_KUBECONFIG');
  if (own !== undefined) return ownCluster(own);
  if (options.nodes === true) {
    requireRoot('Running pods', kubernetesRemedy);
    await prepareNode();
  }
  await compileKubernetes(options);
  const run = await openRun('kubernetes');
  try {
    return await withProgress('starting Kubernetes', () => start(run, options));
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** Compiles what `startKubernetes` starts with these options, where it is not in the cache yet. */
export async function compileKubernetes(options: KubernetesOptions): Promise<void> {
  for (const program of programsOf(options)) await kubernetesProgram(versionOf(options), program);
}

function versionOf({ version = DEFAULT_KUBERNETES_VERSION }: KubernetesOptions): KubernetesVersion {
  return version;
}

function programsOf(options: KubernetesOptions): KubernetesProgram[] {
  const plane = ['kube-apiserver', 'kubectl'] as const;
  const controllers = ['kube-controller-manager'] as const;
  if (options.nodes === true)
    return [...plane, ...controllers, 'kube-scheduler', 'kubelet', 'kube-proxy'];
  return options.controllerManager === true ? [...plane, ...controllers] : [...plane];
}

async function start(run: Run, options: KubernetesOptions): Promise<KubernetesHandle> {
  const nodes = options.nodes === true;
  const network = nodes ? await createPodNetwork(run) : undefined;
  const version = versionOf(options);
  const { audit, port } = options;
  const plane = await startControlPlane(run, { version, network, port, audit });
  if (nodes || options.controllerManager === true) await startControllerManager(run, plane);
  const node = network === undefined ? undefined : await startNode(run, plane, network);
  const data: KubernetesData = {
    version,
    kubeconfigPath: plane.kubeconfigPath,
    kubectlPath: await kubernetesProgram(version, 'kubectl'),
    ...(network !== undefined && { nodeAddress: network.hostAddress }),
  };
  return {
    ...data,
    ...kubernetesFrom(data),
    loadImage: async (archivePath) => {
      if (node === undefined) throw new HarnessError('This Kubernetes was started without a node.');
      await withProgress('giving the node the image', () => importImage(node, archivePath));
    },
    killApiServer: plane.killApiServer,
    startApiServer: plane.startApiServer,
    writes: () => readAuditLog(run),
    stop: run.stop,
  };
}

async function ownCluster(kubeconfigPath: string): Promise<KubernetesHandle> {
  const kubectlPath = (await hasCommand('kubectl'))
    ? 'kubectl'
    : await kubernetesProgram(DEFAULT_KUBERNETES_VERSION, 'kubectl');
  const data: KubernetesData = { kubeconfigPath, kubectlPath };
  const refuse = (): Promise<never> =>
    Promise.reject(new HarnessError('The API server of TEST_KUBECONFIG is not the harness’s.'));
  return {
    ...data,
    ...kubernetesFrom(data),
    killApiServer: refuse,
    startApiServer: refuse,
    writes: refuse,
    loadImage: () =>
      Promise.reject(
        new HarnessError(
          'The harness cannot load images into the cluster of TEST_KUBECONFIG: push them to a registry that it reads.',
        ),
      ),
    stop: () => Promise.resolve(),
  };
}
