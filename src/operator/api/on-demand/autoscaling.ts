import { z } from 'zod';
import { mapOf, text, withRules } from '../fields.ts';

const pods = z.int().min(1).max(64);

const lag = z.strictObject({
  targetSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .describe(
      'Lag above which pods are added. Choose more than settleSeconds: the lag is never less, and at half of this value half of the pods are removed.',
    ),
  metricName: text({
    pattern: '^[a-zA-Z_:][a-zA-Z0-9_:.-]*$',
    maxLength: 253,
    message: 'must be a name of a metric: letters, digits, "_", ":", "." and "-"',
  })
    .default('deepflow_kafka_exporter_lag_seconds')
    .describe('Name of the metric in the API external.metrics.k8s.io.'),
  matchLabels: mapOf(z.string().max(63), 16)
    .optional()
    .describe(
      'Labels that select the metric. Absent: export_deepflow_io_exporter with the name of the resource, which a PodMonitor adds.',
    ),
});

/** `spec.autoscaling`. */
export const autoscaling = withRules(
  z.strictObject({
    minReplicas: pods.default(1).describe('Smallest number of pods.'),
    maxReplicas: pods.describe(
      'Largest number of pods. With source.clickHouse, pods beyond delivery.shards have no work.',
    ),
    targetCPUUtilizationPercentage: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .describe(
        'Average CPU of the pods, as a percentage of what they request. Kubernetes needs a metrics server for it.',
      ),
    lag: lag
      .optional()
      .describe('Scales by the lag. Kubernetes needs an adapter for external metrics for it.'),
  }),
  [
    {
      cel: 'self.minReplicas <= self.maxReplicas',
      holds: ({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas,
      message: 'minReplicas must not exceed maxReplicas: increase maxReplicas',
    },
    {
      cel: 'has(self.targetCPUUtilizationPercentage) || has(self.lag)',
      holds: ({ targetCPUUtilizationPercentage, lag: byLag }) =>
        targetCPUUtilizationPercentage !== undefined || byLag !== undefined,
      message: 'must have a metric to scale by: set targetCPUUtilizationPercentage or lag',
    },
  ],
);

/** A section for a HorizontalPodAutoscaler, parsed. */
export type Autoscaling = z.infer<typeof autoscaling>;
