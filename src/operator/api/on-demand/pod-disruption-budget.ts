import { z } from 'zod';
import { withRules } from '../fields.ts';

const PERCENTAGE = /^(100|[1-9]?[0-9])%$/;

const podCount = z
  .union([
    z.int().min(0).max(64),
    z.string().max(4).regex(PERCENTAGE, 'must be a number of pods, or a percentage such as 50%'),
  ])
  .meta({ 'x-kubernetes-int-or-string': true, pattern: PERCENTAGE.source });

/** `spec.podDisruptionBudget`. */
export const podDisruptionBudget = withRules(
  z.strictObject({
    maxUnavailable: podCount
      .optional()
      .describe('Pods that an eviction may make unavailable at the same time, such as 1 or 50%.'),
    minAvailable: podCount
      .optional()
      .describe('Pods that must stay available during an eviction, such as 1 or 50%.'),
  }),
  [
    {
      cel: 'has(self.maxUnavailable) != has(self.minAvailable)',
      holds: ({ maxUnavailable, minAvailable }) =>
        (maxUnavailable === undefined) !== (minAvailable === undefined),
      message: 'must have exactly one of maxUnavailable and minAvailable: set maxUnavailable to 1',
    },
  ],
);

/** A section for a PodDisruptionBudget, parsed. */
export type PodDisruptionBudget = z.infer<typeof podDisruptionBudget>;
