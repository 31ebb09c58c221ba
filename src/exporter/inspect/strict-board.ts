import type { ProblemReason } from '../contract/status-report.ts';
import type { HealthBoard } from '../status/health-board.ts';

/** Problems that may pass while a command waits; all others need somebody. */
const PASSING: ReadonlySet<ProblemReason> = new Set(['BrokerUnreachable', 'KafkaError']);

/** The health board of a command, which has nobody to wait for a remedy. */
export interface StrictBoard extends HealthBoard {
  /** What failed last and did not succeed since. */
  lastProblem(): string | undefined;
}

/** A board that aborts `giveUp` with the problem in words as soon as one is found that waiting does not solve. */
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
    lastProblem: () => [...failing.values()].at(-1),
  };
}
