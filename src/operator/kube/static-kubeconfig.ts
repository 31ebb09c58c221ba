import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { KubeConnection } from './kube-connection.ts';

const entries = <T extends z.ZodType>(field: string, value: T) =>
  z.array(z.looseObject({ name: z.string(), [field]: value }));

const text = z.string().min(1);

const kubeconfigSchema = z.looseObject({
  'current-context': text,
  contexts: entries('context', z.unknown()),
  clusters: entries('cluster', z.unknown()),
  users: entries('user', z.unknown()),
});

const contextSchema = z.looseObject({ cluster: text, user: text });

// Strict: whatever else a kubeconfig may have is left to the Kubernetes client.
const clusterSchema = z.strictObject({
  server: text,
  'certificate-authority': text.optional(),
  'certificate-authority-data': text.optional(),
});
const userSchema = z.strictObject({
  token: text.optional(),
  'client-certificate': text.optional(),
  'client-certificate-data': text.optional(),
  'client-key': text.optional(),
  'client-key-data': text.optional(),
});

/**
 * The connection of a kubeconfig that only has a CA, a token or a client certificate. It is read without the Kubernetes client,
 * which takes 60 MB of memory.
 *
 * @returns undefined for any other kubeconfig, also for one that is broken.
 */
export async function loadStaticKubeconfig(file: string): Promise<KubeConnection | undefined> {
  const config = kubeconfigSchema.safeParse(await parsed(file)).data;
  const context = contextSchema.safeParse(
    config?.contexts.find(({ name }) => name === config['current-context'])?.['context'],
  ).data;
  const cluster = clusterSchema.safeParse(
    config?.clusters.find(({ name }) => name === context?.cluster)?.['cluster'],
  ).data;
  const user = userSchema.safeParse(
    config?.users.find(({ name }) => name === context?.user)?.['user'],
  ).data;
  if (cluster === undefined || user === undefined) return undefined;
  const pem = async (data: string | undefined, from: string | undefined): Promise<string> => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    return from === undefined ? '' : readFile(path.resolve(path.dirname(file), from), 'utf8');
  };
  return {
    server: cluster.server.replace(/\/+$/, ''),
    inCluster: false,
    authorize: async () => {
      const ca = await pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
      const cert = await pem(user['client-certificate-data'], user['client-certificate']);
      const key = await pem(user['client-key-data'], user['client-key']);
      return {
        headers: user.token === undefined ? {} : { authorization: `Bearer ${user.token}` },
        tls: {
          ...(ca === '' ? {} : { ca }),
          ...(cert === '' ? {} : { cert }),
          ...(key === '' ? {} : { key }),
        },
      };
    },
  };
}

async function parsed(file: string): Promise<unknown> {
  try {
    return load(await readFile(file, 'utf8'));
  } catch {
    // The Kubernetes client says what is wrong.
    return undefined;
  }
}
