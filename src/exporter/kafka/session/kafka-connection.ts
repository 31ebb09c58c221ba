import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { createLatestValue } from '../../../lib/latest-value.ts';
import type { Credentials, CredentialStore } from '../../config/credential-store.ts';
import type { Problem } from '../../contract/status-report.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import { createRenewalProblem } from '../../status/renewal-problem.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import type { KafkaSession, RecycledSession } from './kafka-session.ts';
import { failureOf } from '../errors/kafka-session-error.ts';

/** The session to use now. It is replaced when the credentials change, and never closed under a user. */
export interface KafkaConnection {
  /** The current session, once there is one; undefined when `signal` aborted first. */
  session(signal: AbortSignal): Promise<KafkaSession | undefined>;
  /** The current session; undefined until there is one. */
  current(): KafkaSession | undefined;
  /** Revision of the credentials with which the session in use was authenticated. */
  revision(): number | undefined;
  close(): Promise<void>;
}

/** A connection that also says how its session is, and why it cannot be replaced while the one in use works. */
export interface RenewedConnection extends KafkaConnection {
  /** Ids of the brokers with an authenticated connection of the session in use. */
  connectedBrokers(): readonly number[];
  /** Milliseconds until another session takes the place of the one in use, by the lifetimes that are known now. */
  msUntilReplaced(): number | undefined;
  renewalProblem(): Problem | undefined;
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
/** Time for requests under way on an old session, longer than any request may take. */
const DRAIN_MS = 20_000;
/** No login is older, whatever the brokers allow: a user who was taken away is gone within an hour. */
const MAX_AGE_MS = 3_600_000;
/** Brokers that come into use later may give shorter lifetimes than the first one. */
const LOOK_AGAIN_MS = 30_000;
/** Logins that hardly live, as those by a token that is about to expire, must not end in a storm of sessions. */
const REPLACE_AT_MOST_EVERY_MS = 1_000;
/** Timers fire up to this early or late. */
const TIMER_SLACK_MS = 50;

/** A session in use. */
interface InUse {
  readonly session: RecycledSession;
  readonly credentials: Credentials;
  /** When it is replaced at the latest, by the monotonic clock. */
  readonly untilMs: number;
}

/**
 * Keeps one session open, and opens a new one before the old one closes (make before break) when the credentials
 * change, at 80 % of the lifetime that the brokers give a login, and at the latest after an hour. The new session is
 * used once all brokers that the old one was connected to have authenticated it. Credentials that the brokers
 * refuse never end a session that works.
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
    // Whether brokers answer is told by whoever sends; it says nothing of credentials in use.
    else if (failure.reason !== 'BrokerUnreachable' || inUse.credentials !== wanted) {
      renewal.found(problem);
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

/** Whether it has by now: what was known before a wait says nothing. */
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
    logger.debug({ err: error }, 'an old session could not be closed');
  });
}

function msLeft({ session, untilMs }: InUse, clock: Clock): number {
  return Math.min(session.msUntilRecycle(), untilMs - clock.monotonicMs());
}

/** How long there is nothing to do, unless the credentials change. */
function calmMs(inUse: InUse | undefined, clock: Clock): number {
  const leftMs = inUse === undefined ? 0 : msLeft(inUse, clock);
  return Math.min(LOOK_AGAIN_MS, Math.max(REPLACE_AT_MOST_EVERY_MS, leftMs));
}

/** Opens a session that is authenticated by every broker that the old one uses. */
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
