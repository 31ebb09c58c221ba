import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { PodMonitor } from '../../api/on-demand/pod-monitor.ts';
import type { KubeManifest } from '../../kube/kube-object.ts';
import { EXPORTER_LABEL, selectorLabels } from '../labels.ts';
import { ownedMetadata } from '../metadata.ts';
import { workloadName } from '../names.ts';

/**
 * Tells the Prometheus Operator to read the metrics of the pods. The metrics get the label of the pods that names the resource.
 *
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor
 */
export function podMonitor(
  resource: KafkaExporter,
  { intervalSeconds, labels }: PodMonitor,
): KubeManifest {
  const { name } = resource.metadata;
  const metadata = ownedMetadata(resource, workloadName(name));
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { ...metadata, labels: { ...labels, ...metadata.labels } },
    spec: {
      podMetricsEndpoints: [
        {
          path: '/metrics',
          port: 'http',
          ...(intervalSeconds === undefined ? {} : { interval: `${intervalSeconds}s` }),
        },
      ],
      podTargetLabels: [EXPORTER_LABEL],
      selector: { matchLabels: { ...selectorLabels(name) } },
    },
  };
}
