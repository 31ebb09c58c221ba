import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheEntry } from '../cache/cache-entry.ts';
import { requireCommand } from '../commands/require-command.ts';
import { runCommand } from '../commands/run-command.ts';

export type KubernetesProgram =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl';

/** kubernetes/go/go.mod requires the same. */
const kubernetesVersion = 'v1.34.2';

/** What a user does where nothing can be compiled or started here. */
export const kubernetesRemedy = 'set TEST_KUBECONFIG to use a cluster of your own.';

const moduleFolder = fileURLToPath(new URL('go', import.meta.url));
const versionPackage = 'k8s.io/component-base/version';
const [major = '', minor = ''] = kubernetesVersion.slice(1).split('.');

/**
 * The path of one of Kubernetes' programs, compiled into the cache from Go modules when it is not there yet. The
 * first takes four to seven minutes on two cores, the others a few seconds each, for they share its packages.
 */
export async function kubernetesProgram(program: KubernetesProgram): Promise<string> {
  const entry = {
    name: program,
    version: kubernetesVersion,
    title: `compiling ${program} ${kubernetesVersion}`,
  };
  const folder = await cacheEntry(entry, async (target) => {
    await requireCommand('go', `Install Go 1.24 or later, or ${kubernetesRemedy}`);
    // Without these a program calls itself v0.0.0, and clients misjudge what it can do.
    const version = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor };
    const stamps = Object.entries(version).map(
      ([name, value]) => `-X ${versionPackage}.${name}=${value}`,
    );
    await buildGo({
      cwd: moduleFolder,
      output: join(target, program),
      linkerFlags: stamps,
      packagePath: `k8s.io/kubernetes/cmd/${program}`,
    });
  });
  return join(folder, program);
}

/** Compiles a static program. */
export async function buildGo(build: {
  readonly cwd: string;
  readonly output: string;
  readonly linkerFlags: readonly string[];
  readonly packagePath: string;
}): Promise<void> {
  const flags = [
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    ['-s', '-w', ...build.linkerFlags].join(' '),
  ];
  await runCommand('go', ['build', ...flags, '-o', build.output, build.packagePath], {
    cwd: build.cwd,
    env: { CGO_ENABLED: '0' },
  });
}
