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
   * True when every announced check has succeeded and none fails now.
   */
  isDelivering(): boolean;
  /** Undefined when delivering. Otherwise one sentence that says why not. */
  reason(): string | undefined;
  /** The same, without the problems of single data sources. */
  reasonForAll(): string | undefined;
  /** True when the last result of a check was a problem. */
  isFailing(check: string): boolean;
  /** True when no problem but those of single data sources keeps the checks from success, ignoring the checks in `ignored`. */
  isAble(ignored: readonly string[]): boolean;
}

/**
 * Makes an empty board. It logs when a check starts to fail, fails in another way, and succeeds
 * again.
 */
export function createHealthBoard(clock: Clock, logger: Logger): HealthBoard {
  const checks = new Map<string, Problem | 'pending' | 'ok'>();
  /** Since when a check fails with patience, by the monotonic clock. */
  const waiting = new Map<string, number>();
  /** The checks whose problem is that of a single data source. */
  const ofOne = new Set<string>();
  const mayWait = (check: string, patienceMs: number): boolean => {
    const sinceMs = waiting.get(check) ?? clock.monotonicMs();
    waiting.set(check, sinceMs);
    return clock.monotonicMs() - sinceMs < patienceMs;
  };
  const problems = (isCounted: (check: string) => boolean = () => true): Problem[] =>
    [...checks].flatMap(([check, state]) =>
      typeof state === 'object' && isCounted(check) ? [state] : [],
    );
  const reason = (found: readonly Problem[]): string | undefined => {
    const [first] = found;
    if (first !== undefined) return `${first.reason}: ${first.message}`;
    const [unfinished] = pending();
    return unfinished === undefined ? undefined : `starting: ${unfinished} is not ready yet`;
  };
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
    fail: (check, { patienceMs = 0, isOfOne = false, ...problem }) => {
      const before = checks.get(check);
      if (mayWait(check, patienceMs) && typeof before !== 'object') {
        logger.debug({ check, reason: problem.reason, problem: problem.message }, 'waiting');
        return;
      }
      const isKnown = typeof before === 'object' && before.reason === problem.reason;
      const since = isKnown ? before.since : new Date(clock.now()).toISOString();
      checks.set(check, { ...problem, since });
      if (isOfOne) ofOne.add(check);
      else ofOne.delete(check);
      const level = isKnown ? 'debug' : 'warn';
      logger[level]({ check, reason: problem.reason, problem: problem.message }, 'failing');
    },
    forget: (isOver) => {
      for (const [check, state] of checks) {
        if (typeof state === 'object' && isOver(check)) checks.delete(check);
        if (isOver(check)) waiting.delete(check);
      }
    },
    problems: () => problems(),
    isDelivering: () => [...checks.values()].every((state) => state === 'ok'),
    reason: () => reason(problems()),
    reasonForAll: () => reason(problems((check) => !ofOne.has(check))),
    isFailing: (check) => typeof checks.get(check) === 'object',
    isAble: (ignored) =>
      [...checks].every(
        ([check, state]) =>
          state === 'ok' ||
          ignored.includes(check) ||
          (typeof state === 'object' && ofOne.has(check)),
      ),
  };
}
