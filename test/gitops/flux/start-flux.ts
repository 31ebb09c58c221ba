import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import type { KubernetesHandle } from '../../harness/kubernetes/start-kubernetes.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { openRun, type Run } from '../../harness/process/run.ts';
import { withProgress } from '../../harness/progress.ts';
import { untilEstablished } from '../../harness/kubernetes/until-established.ts';

const NAMESPACE = 'flux-system';
const START_MS = 60_000;

/** Installs Flux's CRDs, and starts its source-controller and its kustomize-controller. Returns a function that stops them. */
export async function startFlux(kubernetes: KubernetesHandle): Promise<() => Promise<void>> {
  const source = await goTool('source-controller');
  const kustomize = await goTool('kustomize-controller');
  const { kubectl } = kubernetes;
  for (const tool of [source, kustomize]) {
    await kubectl(['apply', '--server-side', '--filename', tool.file('bases')]);
  }
  const crds = ['gitrepositories.source', 'kustomizations.kustomize'].map(
    (name) => `crd/${name}.toolkit.fluxcd.io`,
  );
  await untilEstablished(kubectl, crds);
  await kubectl(['create', 'namespace', NAMESPACE]);
  const run = await openRun('flux');
  try {
    await withProgress('starting Flux', async () => {
      const [storage = 0] = await freePorts(1);
      await startController(run, kubernetes, {
        name: 'source-controller',
        program: source.program('source-controller'),
        flags: [
          `--storage-path=${join(run.folder, 'artifacts')}`,
          `--storage-addr=127.0.0.1:${storage}`,
          `--storage-adv-addr=127.0.0.1:${storage}`,
        ],
      });
      await startController(run, kubernetes, {
        name: 'kustomize-controller',
        program: kustomize.program('kustomize-controller'),
        // The second flag: a new commit ends the wait for an exporter that is not Ready.
        flags: ['--requeue-dependency=1s', '--feature-gates=CancelHealthCheckOnNewRevision=true'],
      });
    });
  } catch (error) {
    await run.stop();
    throw error;
  }
  return run.stop;
}

async function startController(
  run: Run,
  { kubeconfigPath }: KubernetesHandle,
  controller: {
    readonly name: string;
    readonly program: string;
    readonly flags: readonly string[];
  },
): Promise<void> {
  const { flags, name, program } = controller;
  const [metrics = 0, health = 0] = await freePorts(2);
  const scratch = join(run.folder, `${name}-scratch`);
  for (const folder of [scratch, join(run.folder, 'artifacts')]) {
    await mkdir(folder, { recursive: true });
  }
  const process = await run.start({
    name,
    command: program,
    args: [
      ...flags,
      `--metrics-addr=127.0.0.1:${metrics}`,
      `--health-addr=127.0.0.1:${health}`,
      '--enable-leader-election=false',
      '--watch-all-namespaces',
      '--log-encoding=console',
    ],
    env: { KUBECONFIG: kubeconfigPath, RUNTIME_NAMESPACE: NAMESPACE, TMPDIR: scratch },
  });
  const isReady = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${health}/readyz`)).ok;
  await process.waitUntil(isReady, START_MS);
}
