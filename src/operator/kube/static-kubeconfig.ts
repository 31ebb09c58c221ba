import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { KubeConnection } from './kube-connection.ts';

const entries = <T extends z.ZodType>(field: string, value: T) =>
  z.array(z.looseObject({ name: z.string(), [field]: value }));

const text = z.string().min(1);

const kubeconfigSchema = z.looseObject({
  'current-context': z.string().optional(),
  contexts: entries('context', z.unknown()),
  clusters: entries('cluster', z.unknown()),
  users: entries('user', z.unknown()),
});

const contextSchema = z.looseObject({
  cluster: text,
  user: text,
  namespace: z.string().optional(),
});

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
 * @param context name of the context to use; undefined: the current one.
 * @returns undefined for any other kubeconfig, also for one that is broken.
 */
export async function loadStaticKubeconfig(
  file: string,
  context?: string,
): Promise<KubeConnection | undefined> {
  const config = kubeconfigSchema.safeParse(await parsed(file)).data;
  const wanted = context ?? config?.['current-context'];
  const found = contextSchema.safeParse(
    config?.contexts.find(({ name }) => name === wanted)?.['context'],
  ).data;
  const cluster = clusterSchema.safeParse(
    config?.clusters.find(({ name }) => name === found?.cluster)?.['cluster'],
  ).data;
  const user = userSchema.safeParse(
    config?.users.find(({ name }) => name === found?.user)?.['user'],
  ).data;
  if (cluster === undefined || user === undefined) return undefined;
  const pem = async (data: string | undefined, from: string | undefined): Promise<string> => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    return from === undefined ? '' : readFile(path.resolve(path.dirname(file), from), 'utf8');
  };
  return {
    server: cluster.server.replace(/\/+$/, ''),
    inCluster: false,
    namespace: namespaceOf(found),
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

/** kubectl takes an empty namespace for none. */
function namespaceOf(context: z.infer<typeof contextSchema> | undefined): string | undefined {
  return context?.namespace === '' ? undefined : context?.namespace;
}

async function parsed(file: string): Promise<unknown> {
  try {
    return load(await readFile(file, 'utf8'));
  } catch {
    // The Kubernetes client says what is wrong.
    return undefined;
  }
}
