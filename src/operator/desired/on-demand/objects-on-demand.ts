import type { KafkaExporter } from '../../api/kafka-exporter.ts';
import type { KubeManifest } from '../../kube/kube-object.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { networkPolicy } from './network-policy.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { podMonitor } from './pod-monitor.ts';

/**
 * The objects that a resource has only if its spec asks for them.
 *
 * @param servesPodMonitors whether the API server has the kind PodMonitor.
 */
export function objectsOnDemand(
  resource: KafkaExporter,
  servesPodMonitors: boolean,
): KubeManifest[] {
  const { spec } = resource;
  return [
    ...(spec.networkPolicy === undefined ? [] : [networkPolicy(resource, spec.networkPolicy)]),
    ...(spec.podDisruptionBudget === undefined
      ? []
      : [podDisruptionBudget(resource, spec.podDisruptionBudget)]),
    ...(spec.autoscaling === undefined
      ? []
      : [horizontalPodAutoscaler(resource, spec.autoscaling)]),
    ...(spec.podMonitor === undefined || !servesPodMonitors
      ? []
      : [podMonitor(resource, spec.podMonitor)]),
  ];
}
