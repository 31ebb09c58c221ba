import type { V1Service } from '@kubernetes/client-node';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { HTTP_PORT } from './deployment.ts';
import { selectorLabels } from './labels.ts';
import { ownedMetadata } from './metadata.ts';
import { workloadName } from './names.ts';

/** A headless Service with which Prometheus finds the metrics of the pods, including pods that are not ready. */
export function service(resource: KafkaExporter): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(resource, workloadName(resource.metadata.name)),
    spec: {
      clusterIP: 'None',
      ports: [{ name: 'http', port: HTTP_PORT, protocol: 'TCP', targetPort: 'http' }],
      publishNotReadyAddresses: true,
      selector: { ...selectorLabels(resource.metadata.name) },
      type: 'ClusterIP',
    },
  } satisfies V1Service;
}
