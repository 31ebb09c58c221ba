import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { FoundProblem, Problem, RenewalReport } from '../contract/status-report.ts';

/** Why no new connections can be made, while the current connections stay in use. */
export interface RenewalProblem {
  readonly current: () => RenewalReport | undefined;
  /** Records why no new connections can be made with this revision of the credentials. */
  found(problem: Omit<Problem, 'since'>, credentialsRevision: number | undefined): void;
  /** Records that new connections were made. */
  readonly solved: () => void;
}

/** Is told whether new connections can be made. */
export interface RenewalObserver {
  found(problem: FoundProblem): void;
  solved(): void;
}

/** What a renewal problem needs. */
export interface RenewalProblemDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps the last reason why connections could not be replaced, with the time of the first failure
 * in a row. It logs each reason once.
 */
export function createRenewalProblem(
  { clock, logger }: RenewalProblemDeps,
  server: 'Kafka' | 'ClickHouse',
): RenewalProblem {
  let current: RenewalReport | undefined;
  return {
    current: () => current,
    found: ({ reason, message }, credentialsRevision) => {
      const isKnown = current?.reason === reason;
      const since = current?.since ?? new Date(clock.now()).toISOString();
      current = {
        reason,
        message,
        since,
        ...(credentialsRevision === undefined ? {} : { credentialsRevision }),
      };
      logger[isKnown ? 'debug' : 'warn'](
        { server, reason, problem: message },
        'no new connections can be made; the current connections stay in use',
      );
    },
    solved: () => {
      current = undefined;
    },
  };
}
