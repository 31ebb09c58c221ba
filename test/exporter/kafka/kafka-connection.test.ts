import { describe, expect, test } from 'vitest';
import type {
  Credentials,
  CredentialStore,
} from '../../../src/exporter/config/credential-store.ts';
import { createKafkaConnection } from '../../../src/exporter/kafka/kafka-connection.ts';
import type { KafkaSession } from '../../../src/exporter/kafka/kafka-session.ts';
import { KafkaSessionError } from '../../../src/exporter/kafka/kafka-session-error.ts';
import type { Transactions } from '../../../src/exporter/kafka/transactions.ts';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { createManualClock, settle } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const REFUSED = { reason: 'KafkaAuthenticationFailed', detail: 'wrong password' } as const;

function credentials(revision: number): Credentials {
  return {
    revision,
    saslUsername: 'user',
    saslPassword: `password ${revision}`,
    kafkaCa: undefined,
    kafkaClientCertificate: undefined,
    kafkaClientKey: undefined,
    clickHouseUsername: undefined,
    clickHousePassword: undefined,
  };
}

const NO_TRANSACTIONS: Transactions = {
  init: () => Promise.reject(new Error('nothing is sent here')),
  add: () => Promise.resolve(),
  end: () => Promise.resolve(),
};

function connectionUnderTest(isAccepted: (revision: number | undefined) => boolean) {
  const clock = createManualClock();
  const closed: (number | undefined)[] = [];
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
  const open = ({ revision }: Credentials): Promise<KafkaSession> =>
    isAccepted(revision)
      ? Promise.resolve({
          revision,
          partitionCount: () => Promise.resolve(1),
          produce: () => Promise.resolve(undefined),
          readPartition: () => Promise.resolve([]),
          transactions: NO_TRANSACTIONS,
          createCompactedTopic: () => Promise.resolve(),
          close: () => {
            closed.push(revision);
            return Promise.resolve();
          },
        })
      : Promise.reject(new KafkaSessionError('connect', REFUSED));
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
  return { clock, connection, closed, health, rotate };
}

describe('a connection to Kafka', () => {
  test('opens a session with new credentials before it closes the old one', async () => {
    const { clock, connection, closed, rotate } = connectionUnderTest(() => true);
    await settle();
    expect(connection.revision()).toBe(1);
    rotate(2);
    await settle();
    expect(connection.revision()).toBe(2);
    expect(closed).toEqual([]);
    await clock.advance(30_000);
    expect(closed).toEqual([1]);
  });

  test('keeps a session that works when new credentials are refused, and says so', async () => {
    const accepted = new Set([1]);
    const { clock, connection, closed, health, rotate } = connectionUnderTest((revision) =>
      accepted.has(revision ?? 0),
    );
    await settle();
    rotate(2);
    await clock.advance(60_000);
    expect(connection.revision()).toBe(1);
    expect(closed).toEqual([]);
    expect(health.problems()).toMatchObject([REFUSED].map(({ reason }) => ({ reason })));
    accepted.add(2);
    await clock.advance(10_000);
    expect(connection.revision()).toBe(2);
    expect(health.isDelivering()).toBe(true);
  });

  test('tries changed credentials at once, without waiting for the next try', async () => {
    const { clock, connection, rotate } = connectionUnderTest((revision) => revision === 2);
    await clock.advance(60_000);
    expect(connection.revision()).toBeUndefined();
    rotate(2);
    await settle();
    expect(connection.revision()).toBe(2);
  });
});
