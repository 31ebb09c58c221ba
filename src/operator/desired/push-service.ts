import type { V1Service } from '@kubernetes/client-node';
import type { HttpSource } from '../api/http-source.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { PUSH_PORT_NAME } from './deployment.ts';
import { selectorLabels } from './labels.ts';
import { ownedMetadata } from './metadata.ts';
import { pushServiceName } from './names.ts';

/** The Service to which clients push records. Only pods that can deliver get requests. */
export function pushService(resource: KafkaExporter, { port }: HttpSource): KubeManifest {
  const { name } = resource.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(resource, pushServiceName(name)),
    spec: {
      ports: [{ name: PUSH_PORT_NAME, port, protocol: 'TCP', targetPort: PUSH_PORT_NAME }],
      selector: { ...selectorLabels(name) },
      type: 'ClusterIP',
    },
  } satisfies V1Service;
}
