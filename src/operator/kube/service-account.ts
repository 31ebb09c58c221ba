import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubeConnection } from './kube-connection.ts';

/** Where Kubernetes mounts the service account of a pod. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The address of the API server, which Kubernetes puts into the environment of every container. */
export interface ServiceEnvironment {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

/**
 * The connection of a pod, by its service account. The token and the CA are read again each time, because Kubernetes renews
 * them.
 *
 * @returns undefined outside of a pod.
 */
export function loadServiceAccount(
  environment: ServiceEnvironment,
  folder = FOLDER,
): KubeConnection | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  const tokenFile = path.join(folder, 'token');
  const namespaceFile = path.join(folder, 'namespace');
  if (host === undefined || port === undefined || !existsSync(tokenFile)) return undefined;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    inCluster: true,
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : undefined,
    authorize: async () => {
      const [token, ca] = await Promise.all([
        readFile(tokenFile, 'utf8'),
        readFile(path.join(folder, 'ca.crt'), 'utf8'),
      ]);
      return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    },
  };
}
