import { z } from 'zod';
import type { ConditionReason } from './condition-reasons.ts';

/** Conditions that exist only while something is not as the user may expect. */
export const WARNING_CONDITIONS = [
  'RecordsIncomplete',
  'Throttled',
  'ShardsDiffer',
  'TopicShared',
  'ChangedByOthers',
  'NotMonitored',
] as const;

/** Condition types of a KafkaExporter, in the order in which they are written. */
const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Suspended',
  'ConfigValid',
  'CredentialsResolved',
  'CredentialsApplied',
  'WorkloadAvailable',
  'Delivering',
  ...WARNING_CONDITIONS,
] as const;

/** The type of a condition. */
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** Conditions that should be True. The others say what happens to a resource, and it is fine that they are not there. */
export const EXPECTED_CONDITIONS: readonly ConditionType[] = [
  'Ready',
  'ConfigValid',
  'CredentialsResolved',
  'CredentialsApplied',
  'WorkloadAvailable',
  'Delivering',
];

/** One condition as the Kubernetes API conventions define it (metav1.Condition). */
export const condition = z.strictObject({
  type: z.enum(CONDITION_TYPES).describe('What the condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .describe('Generation of the resource for which the condition was set.'),
  lastTransitionTime: z
    .string()
    .max(64)
    .meta({ format: 'date-time' })
    .describe('When the status of the condition last changed.'),
  reason: z.string().max(1_024).describe('One word that says why, in CamelCase.'),
  message: z.string().max(32_768).describe('A sentence that says why, and what to do.'),
});

/** A condition, parsed. */
export type Condition = z.infer<typeof condition>;

/** The part of a condition that is computed. The rest follows from the previous condition and the time. */
export interface ConditionState {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: ConditionReason;
  readonly message: string;
}

/** Makes states of a condition: `setter('Ready')('True', 'Delivering', 'records reach Kafka')`. */
export function setter(
  type: ConditionType,
): (status: Condition['status'], reason: ConditionReason, message: string) => ConditionState {
  return (status, reason, message) => ({ type, status, reason, message });
}

/** The condition of a type; undefined if there is none. */
export function findCondition<T extends { readonly type: ConditionType }>(
  conditions: readonly T[] | undefined,
  type: ConditionType,
): T | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the status or the reason of a condition has changed. Messages and times are not compared. */
export function hasChanged(before: Condition | undefined, after: Condition): boolean {
  return before?.status !== after.status || before.reason !== after.reason;
}

/** Context in which conditions are written. */
export interface ConditionContext {
  readonly previous: readonly Condition[];
  readonly generation: number;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * The list of conditions to write, in the order of `CONDITION_TYPES`. `lastTransitionTime` changes only
 * when the status of the condition changes, as the Kubernetes API conventions require. For `Reconciling` it also changes with
 * the generation: a new spec has its own time to become ready.
 *
 * @param kept conditions that nobody has computed again. They stay as they are, with the generation that they are about.
 */
export function writeConditions(
  states: readonly ConditionState[],
  context: ConditionContext,
  kept: readonly Condition[] = [],
): Condition[] {
  const order = ({ type }: Condition): number => CONDITION_TYPES.indexOf(type);
  const written = states.map((state) => {
    const before = findCondition(context.previous, state.type);
    return {
      ...state,
      observedGeneration: context.generation,
      lastTransitionTime:
        before !== undefined && isContinued(before, state, context)
          ? before.lastTransitionTime
          : rfc3339Seconds(context.nowMs),
    };
  });
  return [...written, ...kept].toSorted((a, b) => order(a) - order(b));
}

function isContinued(
  before: Condition,
  { type, status }: ConditionState,
  { generation }: ConditionContext,
): boolean {
  if (before.status !== status) return false;
  return type !== 'Reconciling' || before.observedGeneration === generation;
}

/** A time in the format of Kubernetes: RFC 3339 in UTC, in whole seconds. */
export function rfc3339Seconds(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
