import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { CandidateReport, FoundProblem, Problem } from '../contract/status-report.ts';
import type { CandidateStore, Credentials } from './credential-store.ts';

/** What trying candidates needs. */
export interface CandidateTrialDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly credentials: CandidateStore;
  /** Logs in everywhere with these credentials. Returns why they cannot be used. It never fails. */
  readonly attempt: (candidate: Credentials) => Promise<FoundProblem | undefined>;
}

/** A refused candidate is tried again: a password can be correct before all brokers know it. */
const RETRY: BackoffOptions = { initialMs: 1_000, maxMs: 30_000 };

/**
 * Tries candidate credentials until `signal` aborts. A candidate that every server accepts becomes the current credentials.
 *
 * @returns a function that says how the candidate fares. Undefined: there is no candidate.
 */
export function tryCandidates(
  deps: CandidateTrialDeps,
  signal: AbortSignal,
): () => CandidateReport | undefined {
  const { clock, credentials, logger, random } = deps;
  let refused: { readonly candidate: Credentials; readonly problem: Problem } | undefined;
  let changed = new AbortController();
  credentials.onChange(() => {
    changed.abort();
  });
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const candidate = credentials.candidate();
      const woken = AbortSignal.any([signal, changed.signal]);
      if (candidate?.revision === undefined) {
        failures = 0;
        refused = undefined;
        await clock.sleep(RETRY.maxMs, woken);
      } else {
        if (candidate !== refused?.candidate) failures = 0;
        const found = await deps.attempt(candidate);
        if (found === undefined) {
          refused = undefined;
          credentials.accept(candidate.revision);
          logger.info({ revision: candidate.revision }, 'new credentials are accepted');
        } else {
          const { reason, message } = found;
          const since = refused?.problem.since ?? new Date(clock.now()).toISOString();
          refused = { candidate, problem: { reason, message, since } };
          const level = failures === 0 ? 'warn' : 'debug';
          const about = { revision: candidate.revision, reason, problem: message };
          logger[level](about, 'new credentials are refused; the former ones stay in use');
          await clock.sleep(backoffMs(RETRY, failures++, random()), woken);
        }
      }
      if (changed.signal.aborted) changed = new AbortController();
    }
  };
  void run();
  return () => {
    const candidate = credentials.candidate();
    if (candidate?.revision === undefined) return undefined;
    const problem = refused?.candidate === candidate ? refused.problem : undefined;
    return { revision: candidate.revision, ...(problem === undefined ? {} : { problem }) };
  };
}
