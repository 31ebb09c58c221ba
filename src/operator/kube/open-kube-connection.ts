import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { KubeConnection } from './kube-connection.ts';
import { loadServiceAccount, type ServiceEnvironment } from './service-account.ts';
import { loadStaticKubeconfig } from './static-kubeconfig.ts';

/** Variables of the environment that name an API server. */
export interface KubeEnvironment extends ServiceEnvironment {
  readonly KUBECONFIG?: string | undefined;
}

/**
 * Finds the API server as kubectl does: from the given kubeconfig, or else from $KUBECONFIG, or else from ~/.kube/config, or
 * else from the pod's service account. The Kubernetes client is loaded only for a kubeconfig that needs it.
 *
 * @param context name of a context of the kubeconfig; undefined: the current one.
 * @throws when no API server is configured.
 */
export async function openKubeConnection(
  kubeconfig: string | undefined,
  environment: KubeEnvironment,
  context?: string,
): Promise<KubeConnection> {
  const file = kubeconfig ?? defaultFile(environment.KUBECONFIG);
  const connection =
    file === undefined && context === undefined
      ? loadServiceAccount(environment)
      : await loadStaticKubeconfig(file ?? '', context);
  if (connection !== undefined) return connection;
  const { loadAnyKubeconfig } = await import('./any-kubeconfig.ts');
  return loadAnyKubeconfig(kubeconfig, context);
}

function defaultFile(fromEnvironment: string | undefined): string | undefined {
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  const file = path.join(homedir(), '.kube', 'config');
  return existsSync(file) ? file : undefined;
}
