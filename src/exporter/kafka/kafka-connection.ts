import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createSlot } from '../../lib/slot.ts';
import type { Credentials, CredentialStore } from '../config/credential-store.ts';
import type { HealthBoard } from '../status/health-board.ts';
import type { KafkaFailure } from './kafka-error.ts';
import type { KafkaSession } from './kafka-session.ts';
import { failureOf } from './kafka-session-error.ts';

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

/** What a connection needs. */
export interface KafkaConnectionDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly credentials: CredentialStore;
  readonly health: HealthBoard;
  readonly open: (credentials: Credentials) => Promise<KafkaSession>;
  readonly describe: (failure: KafkaFailure) => Parameters<HealthBoard['fail']>[1];
}

const CHECK = 'kafka session';
const RETRY: BackoffOptions = { initialMs: 250, maxMs: 5_000 };
/** Time for requests under way on an old session, longer than any request may take. */
const DRAIN_MS = 20_000;
const FOREVER_MS = 2 ** 30;

/**
 * Keeps one session open, and opens a new one before the old one closes when the credentials change
 * (make before break). Credentials that the brokers refuse never end a session that works.
 */
export function createKafkaConnection(
  deps: KafkaConnectionDeps,
  signal: AbortSignal,
): KafkaConnection {
  const { clock, credentials, logger } = deps;
  const slot = createSlot<KafkaSession>();
  let opened: Credentials | undefined;
  let changed = new AbortController();
  deps.health.expect(CHECK);

  const use = (session: KafkaSession): void => {
    const old = slot.get();
    slot.set(session);
    if (old !== undefined) void retire(old);
  };
  const retire = async (session: KafkaSession): Promise<void> => {
    await clock.sleep(DRAIN_MS, signal);
    await session.close().catch((error: unknown) => {
      logger.debug({ err: error }, 'an old session could not be closed');
    });
  };
  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const wanted = credentials.current();
      if (opened !== wanted) {
        const session = await tryToOpen(deps, wanted);
        if (session !== undefined) {
          use(session);
          opened = wanted;
        }
        failures = session === undefined ? failures + 1 : 0;
      }
      // With a session in use there is nothing to do until the credentials change.
      const pauseMs = failures === 0 ? FOREVER_MS : backoffMs(RETRY, failures - 1, deps.random());
      await clock.sleep(pauseMs, AbortSignal.any([signal, changed.signal]));
      if (changed.signal.aborted) changed = new AbortController();
    }
  };
  const unsubscribe = credentials.onChange(() => {
    changed.abort();
  });
  void run();

  return {
    session: (abort) => slot.wait(abort),
    current: () => slot.get(),
    revision: () => slot.get()?.revision,
    close: async () => {
      unsubscribe();
      await slot.get()?.close();
    },
  };
}

async function tryToOpen(
  deps: KafkaConnectionDeps,
  credentials: Credentials,
): Promise<KafkaSession | undefined> {
  const { revision } = credentials;
  try {
    const session = await deps.open(credentials);
    deps.health.ok(CHECK);
    deps.logger.info({ credentialsRevision: revision }, 'connected to Kafka');
    return session;
  } catch (error) {
    deps.health.fail(CHECK, deps.describe(failureOf(error)));
    return undefined;
  }
}
