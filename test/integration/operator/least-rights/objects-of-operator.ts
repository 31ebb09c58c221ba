/** An object as kubectl sends it. */
export type Manifest = Readonly<Record<string, unknown>>;

/** Image of the operator in these tests: its registry has a port. */
export const OWN_REPOSITORY = 'registry.example.com:5000/deepflow-kafka-exporter';

/** Labels of the objects of an exporter, as far as the policies look at them. */
export const LABELS = {
  'app.kubernetes.io/managed-by': 'deepflow-kafka-exporter-operator',
  'export.deepflow.io/exporter': 'l7',
};
/** The KafkaExporter that controls them. */
export const OWNER = {
  apiVersion: 'export.deepflow.io/v1alpha1',
  kind: 'KafkaExporter',
  name: 'l7',
  uid: '5a1b1d4e-0000-4000-8000-000000000000',
  controller: true,
};
const METADATA = { name: 'l7-exporter', labels: LABELS, ownerReferences: [OWNER] };
/** The container of an exporter. */
export const CONTAINER = {
  name: 'exporter',
  image: `${OWN_REPOSITORY}:other-tag`,
  args: ['exporter'],
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};

/** A ConfigMap of an exporter, with other metadata. */
export function configMap(metadata: Manifest): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...METADATA, ...metadata } };
}

/** A Secret of an exporter. */
export function secret(type: string, metadata: Manifest = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { ...METADATA, ...metadata } };
}

/** A Service of an exporter. */
export function service(spec: Manifest): Manifest {
  const ports = [{ port: 80 }];
  return { apiVersion: 'v1', kind: 'Service', metadata: METADATA, spec: { ports, ...spec } };
}

/** The Deployment of an exporter, with another pod or container. */
export function deployment(pod: Manifest, container: Manifest = {}): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: METADATA,
    spec: {
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: 'l7-exporter',
          automountServiceAccountToken: false,
          containers: [{ ...CONTAINER, ...container }],
          ...pod,
        },
      },
    },
  };
}

/** A NetworkPolicy of an exporter. */
export function networkPolicy(podSelector: Manifest): Manifest {
  const kind = 'NetworkPolicy';
  return { apiVersion: 'networking.k8s.io/v1', kind, metadata: METADATA, spec: { podSelector } };
}
