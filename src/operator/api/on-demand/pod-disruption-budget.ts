import { z } from 'zod';
import { withRules } from '../fields.ts';

const PERCENTAGE = /^(100|[1-9]?[0-9])%$/;

/** The bounds of a union are not in its JSON schema, so they are given twice. */
const PODS_MAX = 64;

const podCount = z
  .union([
    z.int().min(0).max(PODS_MAX),
    z.string().max(4).regex(PERCENTAGE, 'must be a number of pods, or a percentage such as 50%'),
  ])
  .meta({
    'x-kubernetes-int-or-string': true,
    pattern: PERCENTAGE.source,
    minimum: 0,
    maximum: PODS_MAX,
  });

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
