import type { V1ServiceAccount } from '@kubernetes/client-node';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { ownedMetadata } from './metadata.ts';
import { workloadName } from './names.ts';

/** The ServiceAccount of the pods. They never use the API server, so no token is mounted. */
export function serviceAccount(resource: KafkaExporter): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: ownedMetadata(resource, workloadName(resource.metadata.name)),
    automountServiceAccountToken: false,
  } satisfies V1ServiceAccount;
}
