import type { V2HorizontalPodAutoscaler, V2MetricSpec } from '@kubernetes/client-node';
import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { Autoscaling } from '../../api/on-demand/autoscaling.ts';
import type { KubeManifest } from '../../kube/kube-object.ts';
import { ownedMetadata } from '../metadata.ts';
import { instanceName, workloadName } from '../names.ts';

/** Label of the metrics that names the resource: `EXPORTER_LABEL` as Prometheus writes it. */
const METRIC_LABEL = 'export_deepflow_io_exporter';

/** Scales the Deployment, not the resource, so that nobody but the user writes the spec. */
export function horizontalPodAutoscaler(
  resource: KafkaExporter,
  autoscaling: Autoscaling,
): KubeManifest {
  const name = workloadName(resource.metadata.name);
  const { minReplicas, maxReplicas } = autoscaling;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: ownedMetadata(resource, name),
    spec: {
      minReplicas,
      maxReplicas,
      metrics: metricsOf(resource, autoscaling),
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    },
  } satisfies V2HorizontalPodAutoscaler;
}

function metricsOf(
  resource: KafkaExporter,
  { targetCPUUtilizationPercentage: averageUtilization, lag }: Autoscaling,
): V2MetricSpec[] {
  const metrics: V2MetricSpec[] = [];
  if (averageUtilization !== undefined) {
    const target = { type: 'Utilization', averageUtilization };
    metrics.push({ type: 'Resource', resource: { name: 'cpu', target } });
  }
  if (lag !== undefined) {
    const { matchLabels = { [METRIC_LABEL]: instanceName(resource.metadata.name) } } = lag;
    const target = { type: 'Value', value: String(lag.targetSeconds) };
    const metric = { name: lag.metricName, selector: { matchLabels } };
    metrics.push({ type: 'External', external: { metric, target } });
  }
  return metrics;
}
