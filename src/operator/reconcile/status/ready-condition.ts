import { unreachable } from '../../../lib/assert.ts';
import {
  type Condition,
  type ConditionState,
  type ConditionType,
  findCondition,
  setter,
} from '../../api/status/conditions.ts';
import type { WriteOutcome } from '../outcome.ts';

/** How long a resource may be not ready before it is stalled. */
const PROGRESS_DEADLINE_MS = 600_000;

type Reasoned = Pick<ConditionState, 'reason' | 'message'>;

/** Why a resource is not ready, and whether only a change by a user can fix it. */
export interface Blocker extends Reasoned {
  readonly terminal: boolean;
}

/**
 * The problem to fix first before a resource can be ready; undefined: there is none. Pods that the kubelet finds ready but that
 * do not answer the operator are no problem of the exporter.
 *
 * @param states every other condition of the resource.
 */
export function findBlocker(
  states: readonly ConditionState[],
  writes: WriteOutcome,
  enabled: boolean,
): Blocker | undefined {
  const byWrites = writeBlocker(writes);
  if (byWrites !== undefined) return byWrites;
  const failing = (
    type: ConditionType,
    ...statuses: Condition['status'][]
  ): Blocker | undefined => {
    const state = findCondition(states, type);
    return state !== undefined && statuses.includes(state.status) && state.reason !== 'NoReport'
      ? { reason: state.reason, message: state.message, terminal: false }
      : undefined;
  };
  if (!enabled) return failing('WorkloadAvailable', 'False');
  return (
    failing('CredentialsResolved', 'False') ??
    // The pod's own report is more precise than a Deployment that waits for the pod.
    failing('Delivering', 'False') ??
    failing('WorkloadAvailable', 'False') ??
    failing('CredentialsApplied', 'False', 'Unknown') ??
    failing('Delivering', 'Unknown')
  );
}

function writeBlocker(writes: WriteOutcome): Blocker | undefined {
  switch (writes.kind) {
    case 'applied':
      return undefined;
    case 'suspended':
      return writes.pending === 0
        ? undefined
        : {
            reason: 'Suspended',
            message:
              'spec.suspend is true: the operator applies no changes; set it to false to apply the pending changes',
            terminal: false,
          };
    case 'conflict':
      return { reason: 'NameConflict', message: writes.message, terminal: true };
    case 'rejected':
      return { reason: 'ObjectRejected', message: writes.message, terminal: true };
    case 'failed':
      return { reason: 'ApplyFailed', message: writes.message, terminal: false };
    default:
      return unreachable(writes);
  }
}

/** Inputs of Ready, Reconciling and Stalled. */
export interface ReadinessInput {
  readonly blocker: Blocker | undefined;
  /** Reason and message of Ready if there is no blocker. */
  readonly whenReady: Reasoned;
  readonly suspended: boolean;
  readonly previous: readonly Condition[];
  readonly generation: number;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * The condition Ready and, while it is true, Reconciling or Stalled, as kstatus requires them. After `PROGRESS_DEADLINE_MS`, the
 * resource is also stalled by a blocker that is not terminal.
 *
 * @returns also `lookAgainMs`: after how many milliseconds the conditions may change without any event.
 * @see https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function readiness(input: ReadinessInput): {
  readonly states: readonly ConditionState[];
  readonly lookAgainMs: number | undefined;
} {
  const { blocker } = input;
  if (blocker === undefined) {
    return {
      states: [{ type: 'Ready', status: 'True', ...input.whenReady }],
      lookAgainMs: undefined,
    };
  }
  const { reason, message } = blocker;
  const notReady = setter('Ready')('False', reason, message);
  const stalled = setter('Stalled')('True', reason, message);
  if (blocker.terminal) return { states: [notReady, stalled], lookAgainMs: undefined };
  if (input.suspended) return { states: [notReady], lookAgainMs: undefined };
  const leftMs = remainingMs(input, reason);
  if (leftMs <= 0) return { states: [notReady, stalled], lookAgainMs: undefined };
  return {
    states: [notReady, setter('Reconciling')('True', reason, message)],
    lookAgainMs: leftMs,
  };
}

function remainingMs(input: ReadinessInput, reason: string): number {
  const stalled = findCondition(input.previous, 'Stalled');
  // The problem and the spec are the same as before: the resource stays stalled until the problem changes.
  if (stalled?.reason === reason && stalled.observedGeneration === input.generation) return 0;
  const reconciling = findCondition(input.previous, 'Reconciling');
  // A new spec has its own time to become ready.
  if (reconciling?.observedGeneration !== input.generation) return PROGRESS_DEADLINE_MS;
  return Date.parse(reconciling.lastTransitionTime) + PROGRESS_DEADLINE_MS - input.nowMs;
}
