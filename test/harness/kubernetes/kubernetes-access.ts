import { runCommand } from '../commands/run-command.ts';
import type { KubernetesData } from './kubernetes-data.ts';

export interface KubernetesAccess {
  /** Runs kubectl as the administrator and returns what it prints; `stdin` is for `-f -`. Fails as it fails. */
  readonly kubectl: (args: readonly string[], stdin?: string) => Promise<string>;
}

/** kubectl on a started cluster or the user's own. */
export function kubernetesFrom(data: KubernetesData): KubernetesAccess {
  return {
    kubectl: (args, stdin = '') =>
      runCommand(data.kubectlPath, ['--kubeconfig', data.kubeconfigPath, ...args], { stdin }),
  };
}
