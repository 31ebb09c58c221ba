import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { createLatestValue } from '../../../lib/latest-value.ts';
import type { Credentials, CredentialStore } from '../../config/credential-store.ts';
import type { RenewalReport } from '../../contract/status-report.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import { createRenewalProblem } from '../../status/renewal-problem.ts';
import { isPassing } from '../errors/kafka-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import type { KafkaSession, RecycledSession } from './kafka-session.ts';
import { failureOf } from '../errors/kafka-session-error.ts';

/**
 * Provides the session to use now. The session is replaced when the credentials change, and never
 * closed while it is used.
 */
export interface KafkaConnection {
  /** Resolves with the current session once there is one. Undefined when `signal` aborted first. */
  session(signal: AbortSignal): Promise<KafkaSession | undefined>;
  /** The current session. Undefined until there is one. */
  current(): KafkaSession | undefined;
  /** The revision of the credentials with which the current session was authenticated. */
  revision(): number | undefined;
  close(): Promise<void>;
}

/**
 * A connection that also reports the state of its session, and why the session cannot be replaced
 * while it works.
 */
export interface RenewedConnection extends KafkaConnection {
  current(): RecycledSession | undefined;
  /** The ids of the brokers to which the current session has an authenticated connection. */
  connectedBrokers(): readonly number[];
  /**
   * Milliseconds until another session replaces the current one, as far as the lifetimes are known now.
   */
  msUntilReplaced(): number | undefined;
  renewalProblem(): RenewalReport | undefined;
}

/** What a connection needs. */
export interface KafkaConnectionDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly credentials: CredentialStore;
  readonly health: HealthBoard;
  readonly open: (credentials: Credentials) => Promise<RecycledSession>;
  readonly describe: (failure: KafkaFailure) => Parameters<HealthBoard['fail']>[1];
}

const CHECK = 'kafka session';
const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
/** The time for open requests of an old session to end. It is longer than any request may take. */
const DRAIN_MS = 20_000;
/**
 * The longest age of a login, whatever the brokers allow. So a deleted user loses access within an
 * hour.
 */
const MAX_AGE_MS = 3_600_000;
/**
 * How often lifetimes are checked. Brokers that are used later may give shorter lifetimes than the
 * first broker.
 */
const LOOK_AGAIN_MS = 30_000;
/**
 * The shortest time between two sessions. Logins with a very short lifetime, such as those with a
 * token that is about to expire, must not cause a storm of new sessions.
 */
const REPLACE_AT_MOST_EVERY_MS = 1_000;
/** Timers fire up to this early or late. */
const TIMER_SLACK_MS = 50;

/** The current session. */
interface InUse {
  readonly session: RecycledSession;
  readonly credentials: Credentials;
  /** When the session is replaced at the latest, by the monotonic clock. */
  readonly untilMs: number;
}

/**
 * Keeps one session open, and opens a new one before the old one closes (make before break) when
 * the credentials change, at 80 % of the lifetime that the brokers give a login, and at the latest
 * after an hour. The new session is used once all brokers to which the old session was connected
 * have authenticated it. Credentials that the brokers refuse never end a working session.
 */
export function createKafkaConnection(
  deps: KafkaConnectionDeps,
  signal: AbortSignal,
): RenewedConnection {
  const { clock, credentials } = deps;
  const latest = createLatestValue<RecycledSession>();
  const renewal = createRenewalProblem(deps, 'Kafka');
  let inUse: InUse | undefined;
  let changed = new AbortController();
  deps.health.expect(CHECK);

  const use = (session: RecycledSession, opened: Credentials): void => {
    if (inUse !== undefined) void retire(deps, inUse.session, signal);
    const ageMs = MAX_AGE_MS * (0.9 + 0.1 * deps.random());
    inUse = { session, credentials: opened, untilMs: clock.monotonicMs() + ageMs };
    latest.set(session);
    renewal.solved();
    deps.health.ok(CHECK);
  };
  const failed = (failure: KafkaFailure, wanted: Credentials): void => {
    const problem = deps.describe(failure);
    if (inUse === undefined) deps.health.fail(CHECK, problem);
    // The producers report unreachable brokers. Unreachable brokers say nothing about the
    // credentials.
    else if (!isPassing(failure) || inUse.credentials !== wanted) {
      renewal.found(problem, wanted.revision);
    }
  };
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!hasAborted(signal)) {
      const wanted = credentials.current();
      if (inUse?.credentials !== wanted || msLeft(inUse, clock) <= TIMER_SLACK_MS) {
        try {
          const session = await openBeside(deps, wanted, inUse?.session);
          if (hasAborted(signal)) {
            await session.close();
            return;
          }
          use(session, wanted);
          failures = 0;
        } catch (error) {
          failed(failureOf(error), wanted);
          failures++;
        }
      }
      const ms =
        failures === 0 ? calmMs(inUse, clock) : backoffMs(RETRY, failures - 1, deps.random());
      await clock.sleep(ms, AbortSignal.any([signal, changed.signal]));
      if (changed.signal.aborted) changed = new AbortController();
    }
  };
  const unsubscribe = credentials.onChange(() => {
    changed.abort();
  });
  void run();

  return {
    session: (abort) => latest.wait(abort),
    current: () => latest.get(),
    revision: () => latest.get()?.revision,
    connectedBrokers: () => latest.get()?.connectedBrokers() ?? [],
    msUntilReplaced: () => (inUse === undefined ? undefined : msLeft(inUse, clock)),
    renewalProblem: renewal.current,
    close: async () => {
      unsubscribe();
      await latest.get()?.close();
    },
  };
}

/**
 * The current state of the signal. Without this function, the compiler assumes the state from
 * before a wait.
 */
function hasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function retire(
  { clock, logger }: KafkaConnectionDeps,
  session: KafkaSession,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(DRAIN_MS, signal);
  await session.close().catch((error: unknown) => {
    logger.debug({ err: error }, 'closing an old session failed');
  });
}

function msLeft({ session, untilMs }: InUse, clock: Clock): number {
  return Math.min(session.msUntilRecycle(), untilMs - clock.monotonicMs());
}

/** How long to wait until the next check, unless the credentials change. */
function calmMs(inUse: InUse | undefined, clock: Clock): number {
  const leftMs = inUse === undefined ? 0 : msLeft(inUse, clock);
  return Math.min(LOOK_AGAIN_MS, Math.max(REPLACE_AT_MOST_EVERY_MS, leftMs));
}

/** Opens a session that every broker of the old session has authenticated. */
async function openBeside(
  deps: KafkaConnectionDeps,
  credentials: Credentials,
  old: RecycledSession | undefined,
): Promise<RecycledSession> {
  const session = await deps.open(credentials);
  try {
    await session.reach(old?.connectedBrokers() ?? []);
  } catch (error) {
    await session.close().catch(() => undefined);
    throw error;
  }
  deps.logger.info({ credentialsRevision: credentials.revision }, 'connected to Kafka');
  return session;
}
