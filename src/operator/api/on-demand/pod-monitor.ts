import { z } from 'zod';
import { mapOf } from '../fields.ts';

/** `spec.podMonitor`. */
export const podMonitor = z.strictObject({
  intervalSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .optional()
    .describe('How often Prometheus reads the metrics. Absent: the default of Prometheus.'),
  labels: mapOf(z.string().max(63), 16)
    .optional()
    .describe(
      'Labels of the PodMonitor, such as the label by which your Prometheus selects PodMonitors.',
    ),
});

/** A section for a PodMonitor, parsed. */
export type PodMonitor = z.infer<typeof podMonitor>;
