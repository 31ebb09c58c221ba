import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';
import { DEPLOYED, untilAllowed } from '../cluster/cluster-under-test.ts';

const DEPLOY = join(import.meta.dirname, '../../../../deploy');

/** A user's overlay, and the one around it with components. */
export interface Overlay {
  /** A directory of deploy/. */
  readonly installation: string;
  /** Directories of deploy/components/. */
  readonly components: readonly string[];
  /** Further lines of the inner kustomization. */
  readonly lines?: string;
}

/** The manifests of an overlay. */
export async function renderOverlay(
  { kubectl }: Pick<ClusterUnderTest, 'kubectl'>,
  { components, installation, lines = '' }: Overlay,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'overlay-'));
  const inner = join(directory, 'operator');
  await mkdir(inner);
  const list = (from: string, names: readonly string[]): string =>
    JSON.stringify(names.map((name) => relative(from, join(DEPLOY, name))));
  await writeFile(
    join(inner, 'kustomization.yaml'),
    `resources: ${list(inner, [installation])}\n${lines}`,
  );
  await writeFile(
    join(directory, 'kustomization.yaml'),
    `resources: [operator]\ncomponents: ${list(
      directory,
      components.map((name) => join('components', name)),
    )}\n`,
  );
  try {
    return await kubectl(['kustomize', directory]);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Installs `deploy/namespaced` with components for the namespace of a test.
 *
 * @returns the ServiceAccount of the operator as `namespace:name`, and the namespace, which the test must delete.
 */
export async function installOverlay(
  cluster: ClusterUnderTest,
  overlay: Omit<Overlay, 'installation'>,
): Promise<{ readonly account: string; readonly home: string }> {
  const home = `${cluster.namespace}-home`;
  const rendered = await renderOverlay(cluster, { installation: 'namespaced', ...overlay });
  const manifests = rendered
    .replaceAll(/(namespace|name): deepflow-kafka-exporter$/gm, `$1: ${home}`)
    .replaceAll('serviceaccount:deepflow-kafka-exporter:', `serviceaccount:${home}:`)
    .replaceAll(/namespace: deepflow-export$/gm, `namespace: ${cluster.namespace}`)
    .replaceAll('--watch-namespaces=deepflow-export', `--watch-namespaces=${cluster.namespace}`);
  await cluster.kubectl(['apply', '--server-side', '--filename', '-'], manifests);
  const account = `${home}:${DEPLOYED.name}`;
  await untilAllowed(cluster, { account, namespace: cluster.namespace });
  return { account, home };
}
