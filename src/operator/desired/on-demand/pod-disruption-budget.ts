import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { PodDisruptionBudget } from '../../api/on-demand/pod-disruption-budget.ts';
import type { KubeManifest } from '../../kube/kube-object.ts';
import { selectorLabels } from '../labels.ts';
import { ownedMetadata } from '../metadata.ts';
import { workloadName } from '../names.ts';

/** How many pods an eviction may stop at the same time. A pod that is not ready may always be evicted: it does no work. */
export function podDisruptionBudget(
  resource: KafkaExporter,
  { maxUnavailable, minAvailable }: PodDisruptionBudget,
): KubeManifest {
  const { name } = resource.metadata;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: ownedMetadata(resource, workloadName(name)),
    spec: {
      ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
      ...(minAvailable === undefined ? {} : { minAvailable }),
      selector: { matchLabels: { ...selectorLabels(name) } },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  } satisfies V1PodDisruptionBudget;
}
