import { z } from 'zod';
import {
  createKubeTransport,
  type KubeCall,
} from '../../../../src/operator/kube/kube-transport.ts';
import { loadAnyKubeconfig } from '../../../../src/operator/kube/any-kubeconfig.ts';
import { KubeError } from '../../../../src/operator/kube/kube-error.ts';
import { kubeObject, type KubeObject } from '../../../../src/operator/kube/kube-object.ts';
import {
  collectionPath,
  RESOURCE_TYPES,
  resourceTypeOf,
} from '../../../../src/operator/kube/resource-type.ts';
import { systemClock } from '../../../../src/lib/clock.ts';

const listed = z.object({ items: z.array(z.record(z.string(), z.unknown())) });

type Kind = keyof typeof RESOURCE_TYPES;

/** Changes that a user or an administrator makes to the cluster, with another account than the operator's. */
export interface AdminApi {
  create(object: Readonly<Record<string, unknown>>, dryRun?: boolean): Promise<KubeObject>;
  get(kind: Kind, name: string): Promise<KubeObject | undefined>;
  list(kind: Kind): Promise<KubeObject[]>;
  /** JSON merge patch. */
  patch(kind: Kind, name: string, patch: unknown): Promise<KubeObject>;
  /** JSON merge patch of the status, as a controller or kubelet would write it. */
  patchStatus(kind: Kind, name: string, status: unknown): Promise<KubeObject>;
  remove(kind: Kind, name: string): Promise<void>;
  close(): Promise<void>;
}

/** An administrator's client for one namespace. */
export function createAdminApi(kubeconfigPath: string, namespace: string): AdminApi {
  const connection = loadAnyKubeconfig(kubeconfigPath);
  const transport = createKubeTransport({ connection, clock: systemClock });
  const pathOf = (kind: Kind, name: string): string =>
    `${collectionPath(RESOURCE_TYPES[kind], namespace)}/${name}`;
  async function call(options: KubeCall): Promise<KubeObject> {
    return kubeObject.parse(await (await transport.send(options)).json());
  }
  const merge = (path: string, body: unknown): Promise<KubeObject> =>
    call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  return {
    create: (object, dryRun = false) => {
      const parsed = kubeObject.parse(object);
      const path = collectionPath(resourceTypeOf(parsed), namespace);
      const query = { fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) };
      return call({ method: 'POST', path, query, body: object });
    },
    get: async (kind, name) => {
      try {
        return await call({ method: 'GET', path: pathOf(kind, name) });
      } catch (error) {
        if (error instanceof KubeError && error.failure === 'missing') return undefined;
        throw error;
      }
    },
    list: async (kind) => {
      const path = collectionPath(RESOURCE_TYPES[kind], namespace);
      const { items } = listed.parse(await (await transport.send({ method: 'GET', path })).json());
      const { apiVersion, kind: name } = RESOURCE_TYPES[kind];
      return items.map((item) => kubeObject.parse({ ...item, apiVersion, kind: name }));
    },
    patch: (kind, name, patch) => merge(pathOf(kind, name), patch),
    patchStatus: (kind, name, status) => merge(`${pathOf(kind, name)}/status`, { status }),
    remove: async (kind, name) => {
      const body = await transport.send({ method: 'DELETE', path: pathOf(kind, name) });
      await body.dump();
    },
    close: () => transport.close(),
  };
}
