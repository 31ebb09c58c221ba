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
 * @throws Error that says what to do, when no API server is configured or the kubeconfig cannot be read.
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
  if (file === undefined && context === undefined) {
    throw new Error(
      'no API server is configured: set $KUBECONFIG or --kubeconfig to a kubeconfig, or write ~/.kube/config',
    );
  }
  const { loadAnyKubeconfig } = await import('./any-kubeconfig.ts');
  try {
    return loadAnyKubeconfig(kubeconfig, context);
  } catch (error) {
    throw unreadable(file ?? '~/.kube/config', error);
  }
}

/** What is wrong with a kubeconfig, as one sentence with its name. Other errors are sentences already. */
function unreadable(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return new Error(`there is no kubeconfig ${file}: set $KUBECONFIG or --kubeconfig to one`, {
      cause: error,
    });
  }
  if (error.name !== 'YAMLException' && code === undefined) return error;
  const [sentence = ''] = error.message.split('\n');
  return new Error(`the kubeconfig ${file} cannot be read: ${sentence}`, { cause: error });
}

function defaultFile(fromEnvironment: string | undefined): string | undefined {
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  const file = path.join(homedir(), '.kube', 'config');
  return existsSync(file) ? file : undefined;
}
