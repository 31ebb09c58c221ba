/** How the API server serves a kind of object. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** Every kind that the operator reads or writes. */
export const RESOURCE_TYPES = {
  kafkaExporter: {
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    plural: 'kafkaexporters',
  },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  event: { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' },
  horizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
  },
  networkPolicy: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
  },
  podDisruptionBudget: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
  },
  podMonitor: {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    plural: 'podmonitors',
  },
  lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' },
  replicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' },
  pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
  secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' },
  service: { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  serviceAccount: { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' },
} as const satisfies Record<string, ResourceType>;

/**
 * The resource type of a manifest.
 *
 * @throws when the operator does not know the kind (a bug).
 */
export function resourceTypeOf(object: { readonly kind: string }): ResourceType {
  const type = Object.values(RESOURCE_TYPES).find(({ kind }) => kind === object.kind);
  if (type === undefined) throw new Error(`no resource type of kind ${object.kind}`);
  return type;
}

/** Path under which the API server serves a collection. Without a namespace: of all namespaces. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.apiVersion.includes('/')
    ? `/apis/${type.apiVersion}`
    : `/api/${type.apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${type.plural}`;
}
