import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import { RESOURCE_TYPES } from '../kube/resource-type.ts';
import { claimedLease, type LeaseName, readLease } from './lease.ts';

/** What an election needs. */
export interface LeaderElectionDeps {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called with true when this candidate starts to lead, and with false when it stops. */
  readonly onLeading?: (isLeading: boolean) => void;
}

/** Who stands for election, and for which Lease. */
export interface Candidacy extends LeaseName {
  /** Different for each process, also for two of the same pod. */
  readonly identity: string;
}

/** How an election ended: `lost` means that another candidate may lead now, so all work has to end at once. */
export type ElectionEnd = 'not elected' | 'released' | 'lost';

/** The times of client-go and controller-runtime. Others may claim a Lease this long after they saw it change. */
export const LEASE_DURATION_MS = 15_000;
/** A leader that could not renew its Lease for this long stops, so that it has stopped before another one starts. */
export const RENEW_DEADLINE_MS = 10_000;
/** The longest time between two attempts of the one that leads. */
export const RETRY_MS = 2_000;
/**
 * The longest time between two attempts of one that waits. It is half of client-go's: of the three seconds that are promised for a
 * hand-over, two are left for the work that follows.
 */
const WAITING_RETRY_MS = 1_000;
/** Candidates do not ask all at the same time. */
const RETRY_SPREAD = 0.2;
/** A released Lease lasts this long, as client-go does it: the API server refuses zero. */
const RELEASED_MS = 1_000;

/** What a leader does. */
export interface LeaderWork {
  /** Starts once, with the Lease. It has to end soon after the signal. */
  readonly work: () => Promise<void>;
  readonly signal: AbortSignal;
}

type Attempt = 'held' | 'taken by another' | 'failed';

/**
 * Waits until this candidate has the Lease, and does the work while it renews the Lease. When the work ends, it releases
 * the Lease, so that another candidate need not wait. Follows client-go's leader election: the time of a Lease counts from
 * when a candidate saw it change, on the candidate's own monotonic clock.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */
export async function runLeaderElection(
  deps: LeaderElectionDeps,
  candidacy: Candidacy,
  { work, signal }: LeaderWork,
): Promise<ElectionEnd> {
  const { clock, logger, onLeading } = deps;
  const candidate = createCandidate(deps, candidacy);
  onLeading?.(false);
  logger.info({ lease: candidacy.name }, 'waiting for the lease');
  for (;;) {
    if (signal.aborted) return 'not elected';
    const beganMs = clock.monotonicMs();
    const attempt = await candidate.attempt(RENEW_DEADLINE_MS);
    if (attempt === 'held') {
      logger.info({ lease: candidacy.name, identity: candidacy.identity }, 'leading');
      onLeading?.(true);
      const end = await lead(deps, candidate, { working: work(), acquiredMs: beganMs });
      onLeading?.(false);
      return end;
    }
    await clock.sleep(WAITING_RETRY_MS * (1 - RETRY_SPREAD * deps.random()), signal);
  }
}

async function lead(
  { clock, logger }: LeaderElectionDeps,
  candidate: Candidate,
  { working, acquiredMs }: { readonly working: Promise<void>; readonly acquiredMs: number },
): Promise<ElectionEnd> {
  const ended = new AbortController();
  // The error of the work is thrown below; after a lost Lease nobody waits for it.
  const end = (): void => {
    ended.abort();
  };
  working.then(end, end);
  let renewedMs = acquiredMs;
  for (;;) {
    await clock.sleep(RETRY_MS, ended.signal);
    if (ended.signal.aborted) {
      await candidate.release();
      await working;
      return 'released';
    }
    const beganMs = clock.monotonicMs();
    const attempt = await candidate.attempt(renewedMs + RENEW_DEADLINE_MS - beganMs);
    if (attempt === 'held') renewedMs = beganMs;
    const isOver = clock.monotonicMs() - renewedMs >= RENEW_DEADLINE_MS;
    if (attempt === 'taken by another' || isOver) {
      logger.error({ attempt }, 'the lease is lost');
      return 'lost';
    }
  }
}

interface Candidate {
  /** Claims or renews the Lease. An attempt that takes longer than `timeoutMs` has failed. */
  attempt(timeoutMs: number): Promise<Attempt>;
  release(): Promise<void>;
}

function createCandidate(deps: LeaderElectionDeps, candidacy: Candidacy): Candidate {
  const { client, clock, logger } = deps;
  const { identity, namespace, name } = candidacy;
  let seen: { readonly resourceVersion: string; readonly atMs: number } | undefined;
  let reported: string | undefined;

  const see = ({ metadata: { resourceVersion } }: KubeObject): number => {
    if (seen?.resourceVersion !== resourceVersion) {
      seen = { resourceVersion, atMs: clock.monotonicMs() };
    }
    return clock.monotonicMs() - seen.atMs;
  };
  const claim = async (holder: string, durationMs: number): Promise<Attempt> => {
    const wanted = { holder, durationMs, nowMs: clock.now() };
    const found = await client.get(RESOURCE_TYPES.lease, namespace, name);
    if (found === undefined) {
      await client.create(claimedLease(candidacy, wanted));
      return 'held';
    }
    const lease = readLease(found);
    const ageMs = see(found);
    const isOthers = lease.holder !== '' && lease.holder !== identity;
    if (isOthers && ageMs < lease.durationMs) return 'taken by another';
    const { resourceVersion } = found.metadata;
    await client.replace(claimedLease(candidacy, wanted, { lease, resourceVersion }));
    return 'held';
  };
  const report = (error: unknown): 'failed' => {
    // Another candidate was faster: the next attempt sees its Lease.
    if (error instanceof KubeError && error.failure === 'conflict') return 'failed';
    const problem = error instanceof Error ? error.message : String(error);
    if (problem !== reported) logger.warn({ lease: name, problem }, 'the lease cannot be renewed');
    reported = problem;
    return 'failed';
  };
  const within = (timeoutMs: number, attempt: Promise<Attempt>): Promise<Attempt> => {
    const settled = new AbortController();
    const done = attempt.then((result) => {
      reported = undefined;
      return result;
    }, report);
    void done.then(() => {
      settled.abort();
    });
    return Promise.race([
      done,
      clock.sleep(timeoutMs, settled.signal).then(() => 'failed' as const),
    ]);
  };
  return {
    attempt: (timeoutMs) => within(timeoutMs, claim(identity, LEASE_DURATION_MS)),
    release: async () => {
      await within(RETRY_MS, claim('', RELEASED_MS));
    },
  };
}
