import { z } from 'zod';
import type { KubernetesAccess } from '../harness/kubernetes/kubernetes-access.ts';

const listed = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        namespace: z.string().optional(),
        resourceVersion: z.string(),
      }),
    }),
  ),
});

const NAMESPACED = [
  'kafkaexporters,deployments,replicasets,pods,configmaps,secrets,services,serviceaccounts',
  'networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,roles,rolebindings',
].join();
const CLUSTER_WIDE = 'crds,namespaces,clusterroles,clusterrolebindings';

/**
 * The resourceVersions of all objects of the operator, of the exporters and of what installs them, by kind and name. Objects
 * that Kubernetes keeps for itself are left out.
 */
export async function allVersions({ kubectl }: KubernetesAccess): Promise<Map<string, string>> {
  const read = async (kinds: string): Promise<z.infer<typeof listed>['items']> =>
    listed.parse(JSON.parse(await kubectl(['get', kinds, '--all-namespaces', '--output', 'json'])))
      .items;
  const objects = [...(await read(NAMESPACED)), ...(await read(CLUSTER_WIDE))].filter(
    ({ metadata: { name, namespace } }) => /deepflow|kafkaexporter/.test(`${namespace} ${name}`),
  );
  return new Map(
    objects.map(({ kind, metadata: { name, namespace, resourceVersion } }) => [
      `${kind} ${namespace ?? ''}/${name}`,
      resourceVersion,
    ]),
  );
}
