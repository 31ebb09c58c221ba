import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type {
  Credentials,
  CredentialStore,
} from '../../../src/exporter/config/credential-store.ts';
import type { ExporterConfig } from '../../../src/exporter/contract/exporter-config.ts';
import {
  createKafkaConnection,
  type RenewedConnection,
} from '../../../src/exporter/kafka/session/kafka-connection.ts';
import type { KafkaFailure } from '../../../src/exporter/kafka/errors/kafka-failure.ts';
import { kafkaProblem } from '../../../src/exporter/kafka/errors/kafka-problem.ts';
import {
  openKafkaSession,
  type RecycledSession,
} from '../../../src/exporter/kafka/session/kafka-session.ts';
import { failureOf } from '../../../src/exporter/kafka/errors/kafka-session-error.ts';
import { compressRecords, recordBatch } from '../../../src/exporter/kafka/produce/record-batch.ts';
import { progressRecords } from '../../../src/exporter/progress/progress-message.ts';
import { createHealthBoard, type HealthBoard } from '../../../src/exporter/status/health-board.ts';
import { FRESH_MEMORY } from '../../../src/lib/buffer-pool.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';
import { until } from '../../lib/until.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';
import { noCredentials } from '../../exporter/no-credentials.ts';

/** Topic that senders write to; it must be there, with these partitions. */
export const TOPIC = 'rotated';
export const PARTITIONS = 4;

/** Credentials that a test changes, as the credentials directory would. */
interface Changeable extends CredentialStore {
  change(next: Partial<Credentials>): void;
}

function changeable(first: Partial<Credentials>): Changeable {
  let current: Credentials = { ...noCredentials, revision: 1, ...first };
  const listeners = new Set<() => void>();
  return {
    current: () => current,
    onChange: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    change: (next) => {
      current = { ...current, ...next };
      for (const listener of listeners) listener();
    },
  };
}

/** Batches on their way, and what became of them. */
export interface Sender {
  readonly connection: RenewedConnection;
  readonly credentials: Changeable;
  readonly health: HealthBoard;
  readonly sessions: readonly RecycledSession[];
  /** Sends that Kafka has acknowledged. */
  readonly sent: () => number;
  /** What sends failed with; none of them is tried again. */
  readonly failures: readonly KafkaFailure[];
}

/** The part of a configuration that is about Kafka. */
export type KafkaConfig = ExporterConfig['kafka'];

/** Sends batches to every partition without a pause, over whatever session is current, until the test ends. */
export async function startSending(
  config: Partial<KafkaConfig>,
  first: Partial<Credentials>,
): Promise<Sender> {
  const { kafka: complete } = exporterConfig({ kafka: config });
  const credentials = changeable(first);
  const health = createHealthBoard(systemClock, silentLogger);
  const ended = new AbortController();
  const base = { clock: systemClock, logger: silentLogger };
  const sessions: RecycledSession[] = [];
  const connection = createKafkaConnection(
    {
      ...base,
      random: Math.random,
      credentials,
      health,
      open: async (wanted) => {
        const session = await openKafkaSession(base, complete, wanted);
        sessions.push(session);
        return session;
      },
      describe: (failure) => kafkaProblem(failure, complete),
    },
    ended.signal,
  );
  const records = await compressRecords(
    progressRecords([{ kind: 'layout', periods: [{ from: 0, shards: 1 }] }], 1),
    'none',
    FRESH_MEMORY,
  );
  // It is sent again and again, so nobody may write before its bytes.
  const batch = { ...recordBatch(records, { producer: ANYBODY, first: -1 }), headroom: 0 };
  const failures: KafkaFailure[] = [];
  let sent = 0;
  const send = async (partition: number): Promise<void> => {
    while (!ended.signal.aborted) {
      const session = await connection.session(ended.signal);
      try {
        const failure = await session?.produce({ topic: TOPIC, partition }, batch);
        if (failure === undefined) sent++;
        else failures.push(failure);
      } catch (error) {
        failures.push(failureOf(error));
      }
      await sleep(1);
    }
  };
  const senders = Array.from({ length: PARTITIONS }, (_, partition) => send(partition));
  onTestFinished(async () => {
    ended.abort();
    await Promise.all(senders);
    await connection.close();
  });
  return { connection, credentials, health, sessions, sent: () => sent, failures };
}

/** No identity: batches without a sequence, which any session may send in any order (KIP-98). */
const ANYBODY = { id: '-1', epoch: -1, transactionalId: undefined } as const;

/** Waits for a hundred more acknowledged sends. @throws after a minute. */
export async function untilMoreSent({ sent }: Sender): Promise<void> {
  const before = sent();
  await until('more sends', () => sent() > before + 100);
}
