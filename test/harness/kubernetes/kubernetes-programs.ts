import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheEntry } from '../cache/cache-entry.ts';
import { buildGo } from '../commands/build-go.ts';
import { requireCommand } from '../commands/require-command.ts';
import { keepChecksums, writeGoModule } from './go-module.ts';
import type { KubernetesVersion } from './kubernetes-versions.ts';

export type KubernetesProgram =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl';

/** What a user does where nothing can be compiled or started here. */
export const kubernetesRemedy = 'set TEST_KUBECONFIG to use a cluster of your own.';

const versionPackage = 'k8s.io/component-base/version';

/**
 * The path of one of Kubernetes' programs, compiled into the cache from Go modules when it is not there yet. The
 * first of a version takes two to six minutes on two cores, the others a few seconds each, for they share its packages.
 */
export async function kubernetesProgram(
  version: KubernetesVersion,
  program: KubernetesProgram,
): Promise<string> {
  const entry = {
    name: program,
    version: `v${version}`,
    title: `compiling ${program} ${version}`,
  };
  const folder = await cacheEntry(entry, async (target) => {
    await requireCommand('go', `Install Go 1.26 or later, or ${kubernetesRemedy}`);
    const module = await mkdtemp(join(tmpdir(), 'deepflow-kubernetes-'));
    try {
      await writeGoModule(version, module);
      await compile(module, version, join(target, program));
      await keepChecksums(module);
    } finally {
      await rm(module, { recursive: true });
    }
  });
  return join(folder, program);
}

async function compile(module: string, version: KubernetesVersion, output: string): Promise<void> {
  const [major = '', minor = ''] = version.split('.');
  // Without these a program calls itself v0.0.0, and clients misjudge what it can do.
  const stamps = Object.entries({ gitVersion: `v${version}`, gitMajor: major, gitMinor: minor });
  await buildGo({
    cwd: module,
    output,
    linkerFlags: stamps.map(([name, value]) => `-X ${versionPackage}.${name}=${value}`),
    packagePath: `k8s.io/kubernetes/cmd/${basename(output)}`,
  });
}
