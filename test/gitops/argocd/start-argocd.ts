import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requireDebianPackages } from '../../harness/commands/debian-packages.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import { canConnect } from '../../harness/kafka/can-connect.ts';
import type { KubernetesHandle } from '../../harness/kubernetes/start-kubernetes.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { openRun, type Run } from '../../harness/process/run.ts';
import { withProgress } from '../../harness/progress.ts';
import { untilEstablished } from '../../harness/kubernetes/until-established.ts';

/** A running Argo CD. */
export interface ArgoCd {
  /** The address of its API, which lets everybody do everything. */
  readonly apiUrl: string;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/**
 * Starts Argo CD with a Redis: application-controller, repo-server and API server.
 *
 * @param configuration a manifest with what the namespace `argocd` has beside the CRDs.
 */
export async function startArgoCd(
  kubernetes: KubernetesHandle,
  configuration: string,
): Promise<ArgoCd> {
  await requireDebianPackages(
    [{ name: 'redis-server', provides: 'redis-server' }],
    'run the tests of Argo CD elsewhere.',
  );
  const tool = await goTool('argocd');
  const { kubectl } = kubernetes;
  const names = ['application', 'applicationset', 'appproject'];
  const files = names.map((name) => `--filename=${tool.file('crds')}/${name}-crd.yaml`);
  await kubectl(['apply', '--server-side', ...files]);
  const crds = names.map((name) => `crd/${name}s.argoproj.io`);
  await untilEstablished(kubectl, crds);
  await kubectl(['create', 'namespace', 'argocd']);
  await kubectl(['apply', '--namespace', 'argocd', '--filename', '-'], configuration);
  const run = await openRun('argocd');
  try {
    const apiUrl = await withProgress('starting Argo CD', () => start(run, kubernetes));
    return { apiUrl, stop: run.stop };
  } catch (error) {
    await run.stop();
    throw error;
  }
}

async function start(run: Run, { kubeconfigPath }: KubernetesHandle): Promise<string> {
  const ports = await freePorts(7);
  const [redis = 0, repository = 0, repositoryMetrics = 0, metrics = 0, api = 0] = ports;
  const [apiMetrics = 0, commits = 0] = ports.slice(5);
  const environment = { ...(await prepare(run)), KUBECONFIG: kubeconfigPath };
  const startPart = async (name: string, port: number, args: readonly string[]): Promise<void> => {
    const { program } = await goTool('argocd');
    const part = await run.start({
      name: `argocd-${name}`,
      command: program('argocd'),
      args: [...args, '--redis', `127.0.0.1:${redis}`],
      env: { ...environment, ARGOCD_BINARY_NAME: `argocd-${name}` },
    });
    await part.waitUntil(() => canConnect(port), START_MS);
  };
  const server = await run.start({
    name: 'redis',
    command: 'redis-server',
    args: ['--port', String(redis), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
  });
  await server.waitUntil(() => canConnect(redis), START_MS);
  await startPart('repo-server', repository, [
    ...['--address', '127.0.0.1', '--port', String(repository)],
    ...['--metrics-address', '127.0.0.1', '--metrics-port', String(repositoryMetrics)],
    // A default path of the second flag contradicts the first one.
    ...['--disable-tls', '--client-ca-path='],
  ]);
  const plain = ['--repo-server', `127.0.0.1:${repository}`, '--repo-server-plaintext'];
  await startPart('application-controller', metrics, [
    ...['--namespace', 'argocd', ...plain, '--metrics-port', String(metrics)],
    ...['--app-resync', '30', '--commit-server', `127.0.0.1:${commits}`],
  ]);
  await startPart('server', api, [
    ...['--namespace', 'argocd', ...plain, '--insecure', '--disable-auth'],
    ...['--address', '127.0.0.1', '--port', String(api)],
    ...['--metrics-address', '127.0.0.1', '--metrics-port', String(apiMetrics)],
  ]);
  return `http://127.0.0.1:${api}`;
}

/** Folders and files that Argo CD's images have, and the variables that name them. */
async function prepare(run: Run): Promise<Record<string, string>> {
  const tool = await goTool('argocd');
  const folder = (name: string): string => join(run.folder, name);
  for (const name of ['bin', 'tls', 'ssh', 'gpg', 'gpg-source', 'scratch']) {
    await mkdir(folder(name), { mode: 0o700 });
  }
  await writeFile(folder('ssh/ssh_known_hosts'), '');
  const verify = folder('bin/git-verify-wrapper.sh');
  await copyFile(tool.file('git-verify-wrapper.sh'), verify);
  await chmod(verify, 0o755);
  const kustomize = dirname((await goTool('kustomize')).program('kustomize'));
  return {
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_TLS_DATA_PATH: folder('tls'),
    ARGOCD_SSH_DATA_PATH: folder('ssh'),
    ARGOCD_GNUPGHOME: folder('gpg'),
    ARGOCD_GPG_DATA_PATH: folder('gpg-source'),
    TMPDIR: folder('scratch'),
    PATH: `${folder('bin')}:${kustomize}:${process.env['PATH'] ?? ''}`,
  };
}
