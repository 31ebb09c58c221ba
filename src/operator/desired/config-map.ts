import type { V1ConfigMap } from '@kubernetes/client-node';
import { CONFIG_FILE } from '../../exporter/contract/mounted-files.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { ownedMetadata } from './metadata.ts';
import { configMapName } from './names.ts';

/**
 * The ConfigMap of one configuration. It is immutable, and its name contains the hash of its content. So a changed
 * configuration changes the Deployment, and a running pod never sees half of a change.
 */
export function configMap(
  resource: KafkaExporter,
  rendered: { readonly yaml: string; readonly hash: string },
): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(resource, configMapName(resource.metadata.name, rendered.hash)),
    data: { [CONFIG_FILE]: rendered.yaml },
    immutable: true,
  } satisfies V1ConfigMap;
}
