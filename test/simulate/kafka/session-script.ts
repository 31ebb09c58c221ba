import { randomUUID } from 'node:crypto';
import { isPassing } from '../../../src/exporter/kafka/errors/kafka-error.ts';
import { failureOf } from '../../../src/exporter/kafka/errors/kafka-session-error.ts';
import { compressRecords, recordBatch } from '../../../src/exporter/kafka/produce/record-batch.ts';
import type { ProducerIdentity } from '../../../src/exporter/kafka/requests/transactions.ts';
import type { KafkaSession } from '../../../src/exporter/kafka/session/kafka-session.ts';
import { progressRecords } from '../../../src/exporter/progress/progress-message.ts';
import { FRESH_MEMORY } from '../../../src/lib/buffer-pool.ts';

/** The session to which a script sends its requests, and its way to wait: in real time or in simulated time. */
export interface ScriptedSession {
  readonly session: KafkaSession;
  readonly topic: string;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The answers that a script got, a line for each step. A model and a real Kafka must give the same lines. */
export type Transcript = readonly string[];

/** The steps of which a script consists. Each step adds a line to the transcript. */
export interface Steps {
  /** Reads the committed records. The transcript gets the content of each batch. */
  readonly see: (partition: number) => Promise<void>;
  readonly init: (transactionalId: string) => Promise<ProducerIdentity>;
  readonly add: (identity: ProducerIdentity, ...partitions: number[]) => Promise<void>;
  /** Sends a batch with one record, which holds the number `content`. */
  readonly send: (
    identity: ProducerIdentity,
    batch: { readonly partition: number; readonly sequence: number; readonly content: number },
  ) => Promise<void>;
  readonly end: (identity: ProducerIdentity, isCommit: boolean) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** After this time, the markers of a transaction that the coordinator has ended by itself are written. */
const MARKERS_MS = 500;
const BUSY_POLL_MS = 20;
const BUSY_TRIES = 500;

/** Runs a script. Its transactional ids get a new prefix in each run, so that runs are independent. */
export async function runScript(
  { session, topic, sleep }: ScriptedSession,
  script: (steps: Steps) => Promise<void>,
): Promise<Transcript> {
  const lines: string[] = [];
  const run = randomUUID();
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await work();
        lines.push(`${name}: done`);
        return result;
      } catch (error) {
        const failure = failureOf(error);
        // The coordinator is not found yet, or still ends the transaction before. Only its next answer counts.
        if (isPassing(failure) && attempt < BUSY_TRIES) {
          await sleep(BUSY_POLL_MS);
          continue;
        }
        lines.push(`${name}: ${failure.detail}`);
        return undefined;
      }
    }
  };
  await script({
    see: async (partition) => {
      await sleep(MARKERS_MS);
      const messages = await session.readPartition({ topic, partition });
      const seen = messages.map(({ value }) => /"second":(\d+)/.exec(String(value))?.[1] ?? '?');
      lines.push(`partition ${partition} has ${seen.join(', ')}`);
    },
    init: async (transactionalId) => {
      const identity = await step(`start ${transactionalId}`, () =>
        session.transactions.init(`${topic}.${run}.${transactionalId}`),
      );
      if (identity === undefined) throw new Error('a producer of a script could not be started');
      return identity;
    },
    add: async (identity, ...partitions) => {
      const targets = partitions.map((partition) => ({ topic, partition }));
      await step(`add ${partitions.join(', ')}`, () => session.transactions.add(identity, targets));
    },
    send: async (identity, { partition, sequence, content }) => {
      const section = progressRecords([{ kind: 'barrier', second: content }], Date.now());
      const records = await compressRecords(section, 'none', FRESH_MEMORY);
      const batch = recordBatch(records, { producer: identity, first: sequence });
      const failure = await session.produce(
        { topic, partition },
        { ...batch, headroom: 0 },
        identity.transactionalId,
      );
      lines.push(`send ${content} under ${sequence}: ${failure?.detail ?? 'done'}`);
    },
    end: async (identity, isCommit) => {
      const end = (): Promise<void> => session.transactions.end(identity, isCommit);
      const isEnded = await step(isCommit ? 'commit' : 'abort', () => end().then(() => true));
      // The same request is done again only when all markers are written; its line says no more than the one before.
      if (isEnded === true) {
        await step('written', end);
        lines.pop();
      }
    },
    sleep,
  });
  return lines;
}
