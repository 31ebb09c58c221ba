import { describe, expect, test } from 'vitest';
import type {
  Credentials,
  CredentialStore,
} from '../../../../src/exporter/config/credential-store.ts';
import { createKafkaConnection } from '../../../../src/exporter/kafka/session/kafka-connection.ts';
import type { RecycledSession } from '../../../../src/exporter/kafka/session/kafka-session.ts';
import { KafkaSessionError } from '../../../../src/exporter/kafka/errors/kafka-session-error.ts';
import type { Transactions } from '../../../../src/exporter/kafka/requests/transactions.ts';
import { createHealthBoard } from '../../../../src/exporter/status/health-board.ts';
import { createManualClock, settle } from '../../../lib/manual-clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { noCredentials } from '../../no-credentials.ts';
import { NO_GROUP } from '../group/no-group.ts';

const REFUSED = { reason: 'KafkaAuthenticationFailed', detail: 'wrong password' } as const;

function credentials(revision: number): Credentials {
  return { ...noCredentials, revision, saslPassword: `password ${revision}` };
}

const mayAll = (): Promise<undefined> => Promise.resolve(undefined);
const NO_RIGHTS = { write: mayAll, read: mayAll, join: mayAll, transact: mayAll };

const NO_TRANSACTIONS: Transactions = {
  init: () => Promise.reject(new Error('nothing is sent here')),
  add: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

interface Behaviour {
  readonly isAccepted?: (revision: number | undefined) => boolean;
  /** Whether the brokers of the previous session accept the credentials as well. */
  readonly isAcceptedByAll?: (revision: number | undefined) => boolean;
  /** Milliseconds after opening when the lifetime at the brokers requires another session. */
  readonly recycleAfterMs?: number;
}

function connectionUnderTest({
  isAccepted = () => true,
  isAcceptedByAll = () => true,
  recycleAfterMs = Infinity,
}: Behaviour = {}) {
  const clock = createManualClock();
  const closed: (number | undefined)[] = [];
  const opened: number[] = [];
  const reached: (readonly number[])[] = [];
  let current = credentials(1);
  let changed: () => void = () => undefined;
  const store: CredentialStore = {
    current: () => current,
    onChange: (callback) => {
      changed = callback;
      return () => undefined;
    },
  };
  const health = createHealthBoard(clock, silentLogger);
  const open = ({ revision }: Credentials): Promise<RecycledSession> => {
    if (!isAccepted(revision)) return Promise.reject(new KafkaSessionError('connect', REFUSED));
    const openedMs = clock.monotonicMs();
    opened.push(openedMs);
    return Promise.resolve({
      revision,
      connectedBrokers: () => [1, 2],
      reach: (brokers) => {
        reached.push(brokers);
        return isAcceptedByAll(revision)
          ? Promise.resolve()
          : Promise.reject(new KafkaSessionError('connect', REFUSED));
      },
      msUntilRecycle: () => openedMs + recycleAfterMs - clock.monotonicMs(),
      partitionCount: () => Promise.resolve(1),
      produce: () => Promise.resolve(undefined),
      readPartition: () => Promise.resolve([]),
      transactions: NO_TRANSACTIONS,
      group: NO_GROUP,
      rights: NO_RIGHTS,
      createCompactedTopic: () => Promise.resolve(true),
      addPartitions: () => Promise.resolve(),
      cleanupPolicy: () => Promise.resolve('compact'),
      close: () => {
        closed.push(revision);
        return Promise.resolve();
      },
    });
  };
  const stop = new AbortController();
  const connection = createKafkaConnection(
    {
      clock,
      random: () => 1,
      logger: silentLogger,
      credentials: store,
      health,
      open,
      describe: ({ reason, detail }) => ({ reason, message: detail }),
    },
    stop.signal,
  );
  const rotate = (revision: number): void => {
    current = credentials(revision);
    changed();
  };
  return { clock, connection, closed, opened, reached, health, rotate };
}

describe('a connection to Kafka', () => {
  test('opens a session with new credentials before it closes the old one', async () => {
    const { clock, connection, closed, reached, rotate } = connectionUnderTest();
    await settle();
    expect(connection.revision()).toBe(1);
    rotate(2);
    await settle();
    expect(connection.revision()).toBe(2);
    expect(reached).toEqual([[], [1, 2]]);
    expect(closed).toEqual([]);
    await clock.advance(30_000);
    expect(closed).toEqual([1]);
  });

  test('waits for a first session, and reports why it has none', async () => {
    const { clock, connection, health } = connectionUnderTest({ isAccepted: () => false });
    await clock.advance(60_000);
    expect(connection.revision()).toBeUndefined();
    expect(connection.renewalProblem()).toBeUndefined();
    expect(health.problems()).toMatchObject([{ reason: REFUSED.reason }]);
  });

  test('keeps a session that works when new credentials are refused, and reports it', async () => {
    const accepted = new Set([1]);
    const { clock, connection, closed, health, rotate } = connectionUnderTest({
      isAccepted: (revision) => accepted.has(revision ?? 0),
    });
    await settle();
    rotate(2);
    await clock.advance(60_000);
    expect(connection.revision()).toBe(1);
    expect(closed).toEqual([]);
    expect(health.isDelivering()).toBe(true);
    expect(connection.renewalProblem()).toEqual({
      reason: REFUSED.reason,
      message: REFUSED.detail,
      since: new Date(1_700_000_000_000).toISOString(),
      credentialsRevision: 2,
    });
    accepted.add(2);
    await clock.advance(10_000);
    expect(connection.revision()).toBe(2);
    expect(connection.renewalProblem()).toBeUndefined();
    expect(health.isDelivering()).toBe(true);
  });

  test('uses a new session only when every broker of the old one has authenticated it', async () => {
    const all = new Set([1]);
    const { clock, connection, closed, rotate } = connectionUnderTest({
      isAcceptedByAll: (revision) => all.has(revision ?? 0),
    });
    await settle();
    rotate(2);
    await settle();
    expect(connection.revision()).toBe(1);
    expect(connection.renewalProblem()).toMatchObject({ reason: REFUSED.reason });
    expect(closed).toEqual([2]);
    all.add(2);
    await clock.advance(5_000);
    expect(connection.revision()).toBe(2);
  });

  test('tries changed credentials at once, without waiting for the next try', async () => {
    const { clock, connection, rotate } = connectionUnderTest({
      isAccepted: (revision) => revision === 2,
    });
    await clock.advance(60_000);
    expect(connection.revision()).toBeUndefined();
    rotate(2);
    await settle();
    expect(connection.revision()).toBe(2);
  });

  test.each([
    ['when its logins near their end', 40_000, 100_000, [0, 40_000, 80_000]],
    ['at least once an hour', Infinity, 7_300_000, [0, 3_600_000, 7_200_000]],
    ['at most every second, however short logins live', 1, 3_000, [0, 1_000, 2_000, 3_000]],
  ])('replaces its session %s', async (_, recycleAfterMs, spanMs, expected) => {
    const { clock, closed, opened } = connectionUnderTest({ recycleAfterMs });
    await clock.advance(spanMs);
    expect(opened).toEqual(expected);
    await clock.advance(20_000);
    expect(closed.length).toBeGreaterThanOrEqual(expected.length - 1);
  });
});
