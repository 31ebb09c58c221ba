import type { RequestOptions } from 'node:https';
import { type Cluster, KubeConfig } from '@kubernetes/client-node';
import { isHttpUrl } from '../../lib/net/http-url.ts';
import type { KubeConnection, TlsMaterial } from './kube-connection.ts';

/**
 * The connection of a kubeconfig of any form, with every kind of authentication that kubectl has. Undefined: what
 * `KubeConfig.loadFromDefault` finds.
 *
 * @param context name of the context to use; undefined: the current one.
 * @throws when no API server is configured, or when its proxy is not an HTTP proxy.
 */
export function loadAnyKubeconfig(
  kubeconfig: string | undefined,
  context?: string,
): KubeConnection {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      context === undefined
        ? 'the kubeconfig has no current context with a cluster: set one with kubectl config use-context'
        : `the kubeconfig has no context ${context} with a cluster: kubectl config get-contexts lists them`,
    );
  }
  return {
    server: cluster.server.replace(/\/+$/, ''),
    inCluster: cluster.name === 'inCluster',
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    proxy: proxyOf(cluster),
    authorize: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return { headers: headersOf(options), tls: tlsOf(options) };
    },
  };
}

function proxyOf({ name, proxyUrl }: Cluster): string | undefined {
  if (proxyUrl === undefined || isHttpUrl(proxyUrl)) return proxyUrl;
  // The value is not shown, because it may contain a password.
  throw new Error(
    `the proxy-url of the cluster ${name} in the kubeconfig must be http://HOST:PORT or https://HOST:PORT; SOCKS is not supported`,
  );
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

function tlsOf(options: RequestOptions): TlsMaterial {
  return {
    ...pem('ca', options.ca),
    ...pem('cert', options.cert),
    ...pem('key', options.key),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.rejectUnauthorized === undefined
      ? {}
      : { rejectUnauthorized: options.rejectUnauthorized }),
  };
}

function pem(
  name: 'ca' | 'cert' | 'key',
  value: RequestOptions['ca'] | RequestOptions['key'],
): TlsMaterial {
  if (typeof value === 'string') return { [name]: value };
  return Buffer.isBuffer(value) ? { [name]: value.toString('utf8') } : {};
}
