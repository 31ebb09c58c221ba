import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FoundProblem, Problem } from '../contract/status-report.ts';

/** The problems that keep an exporter from delivering, by the check that found them. */
export interface HealthBoard {
  /** Announces a check that must succeed once before the exporter counts as delivering. */
  expect(check: string): void;
  /** Records that a check succeeded: its problem is solved. */
  ok(check: string): void;
  /** Records that a check failed. `since` stays the time of the first failure in a row. */
  fail(check: string, problem: FoundProblem): void;
  /** Removes the problems of checks that are no longer made. */
  forget(isOver: (check: string) => boolean): void;
  /** All problems, in the order in which their checks were announced. */
  problems(): readonly Problem[];
  /**
   * True when every announced check has succeeded and none fails now, ignoring the checks in
   * `ignored`.
   */
  isDelivering(ignored?: readonly string[]): boolean;
  /** Undefined when delivering. Otherwise one sentence that says why not. */
  reason(): string | undefined;
}

/**
 * Makes an empty board. It logs when a check starts to fail, fails in another way, and succeeds
 * again.
 */
export function createHealthBoard(clock: Clock, logger: Logger): HealthBoard {
  const checks = new Map<string, Problem | 'pending' | 'ok'>();
  /** Since when a check fails with patience, by the monotonic clock. */
  const waiting = new Map<string, number>();
  const mayWait = (check: string, patienceMs: number): boolean => {
    const sinceMs = waiting.get(check) ?? clock.monotonicMs();
    waiting.set(check, sinceMs);
    return clock.monotonicMs() - sinceMs < patienceMs;
  };
  const problems = (): Problem[] =>
    [...checks.values()].filter((state): state is Problem => typeof state === 'object');
  const pending = (): string[] =>
    [...checks].filter(([, state]) => state === 'pending').map(([check]) => check);
  return {
    expect: (check) => {
      if (!checks.has(check)) checks.set(check, 'pending');
    },
    ok: (check) => {
      if (typeof checks.get(check) === 'object') logger.info({ check }, 'recovered');
      waiting.delete(check);
      checks.set(check, 'ok');
    },
    fail: (check, { patienceMs = 0, ...problem }) => {
      const before = checks.get(check);
      if (mayWait(check, patienceMs) && typeof before !== 'object') {
        logger.debug({ check, reason: problem.reason, problem: problem.message }, 'waiting');
        return;
      }
      const isKnown = typeof before === 'object' && before.reason === problem.reason;
      const since = isKnown ? before.since : new Date(clock.now()).toISOString();
      checks.set(check, { ...problem, since });
      const level = isKnown ? 'debug' : 'warn';
      logger[level]({ check, reason: problem.reason, problem: problem.message }, 'failing');
    },
    forget: (isOver) => {
      for (const [check, state] of checks) {
        if (typeof state === 'object' && isOver(check)) checks.delete(check);
        if (isOver(check)) waiting.delete(check);
      }
    },
    problems,
    isDelivering: (ignored = []) =>
      [...checks].every(([check, state]) => state === 'ok' || ignored.includes(check)),
    reason: () => {
      const [first] = problems();
      if (first !== undefined) return `${first.reason}: ${first.message}`;
      const [waiting] = pending();
      return waiting === undefined ? undefined : `starting: ${waiting} is not ready yet`;
    },
  };
}
