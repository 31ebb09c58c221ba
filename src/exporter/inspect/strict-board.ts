import type { ProblemReason } from '../contract/status-report.ts';
import type { HealthBoard } from '../status/health-board.ts';

/** Problems that may end while a command waits. For all others, the user must act. */
const PASSING: ReadonlySet<ProblemReason> = new Set([
  'BrokerUnreachable',
  'KafkaNotReady',
  'NotEnoughReplicas',
  'KafkaError',
]);

/** The health board of a command, which cannot wait until a user solves a problem. */
export interface StrictBoard extends HealthBoard {
  /** The last failure that has not been followed by a success. */
  lastProblem(): string | undefined;
}

/**
 * Makes a board that aborts `giveUp` with the message of the first problem that waiting does not
 * solve.
 */
export function createStrictBoard(giveUp: AbortController): StrictBoard {
  const failing = new Map<string, string>();
  return {
    expect: () => undefined,
    ok: (check) => {
      failing.delete(check);
    },
    fail: (check, { reason, message }) => {
      failing.set(check, message);
      if (!PASSING.has(reason)) giveUp.abort(new Error(message));
    },
    forget: (isOver) => {
      for (const check of failing.keys()) if (isOver(check)) failing.delete(check);
    },
    problems: () => [],
    isDelivering: () => failing.size === 0,
    reason: () => [...failing.values()].at(-1),
    reasonForAll: () => [...failing.values()].at(-1),
    isFailing: (check) => failing.has(check),
    isAble: () => failing.size === 0,
    lastProblem: () => [...failing.values()].at(-1),
  };
}
