import { randomUUID } from 'node:crypto';
import { isPassing } from '../../../src/exporter/kafka/errors/kafka-error.ts';
import { failureOf } from '../../../src/exporter/kafka/errors/kafka-session-error.ts';
import { compressRecords, recordBatch } from '../../../src/exporter/kafka/produce/record-batch.ts';
import type { ProducerIdentity } from '../../../src/exporter/kafka/requests/transactions.ts';
import type { KafkaSession } from '../../../src/exporter/kafka/session/kafka-session.ts';
import { progressRecords } from '../../../src/exporter/progress/progress-message.ts';
import { FRESH_MEMORY } from '../../../src/lib/buffer-pool.ts';

/** A session under a script, and a way to wait that is its own: real time, or simulated time. */
export interface ScriptedSession {
  readonly session: KafkaSession;
  readonly topic: string;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What a script saw, a line for each step. The lines of a model and of a real Kafka must be equal. */
export type Transcript = readonly string[];

/** Steps that a script is made of; each adds a line to the transcript. */
export interface Steps {
  /** What is visible to a reader of committed records: the seconds by which batches are told apart. */
  readonly see: (partition: number) => Promise<void>;
  readonly init: (transactionalId: string) => Promise<ProducerIdentity>;
  readonly add: (identity: ProducerIdentity, ...partitions: number[]) => Promise<void>;
  /** Sends a batch of one record, whose content is its number. */
  readonly send: (
    identity: ProducerIdentity,
    batch: { readonly partition: number; readonly sequence: number; readonly content: number },
  ) => Promise<void>;
  readonly end: (identity: ProducerIdentity, isCommit: boolean) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Longer than the markers of a transaction take that has ended. */
const MARKERS_MS = 500;
const BUSY_POLL_MS = 20;
const BUSY_TRIES = 500;

/** Runs a script; a transactional id stands for another one each time. */
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
        // A coordinator finishes what was before, or is being found: the answer after it counts.
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
      await step(isCommit ? 'commit' : 'abort', () => session.transactions.end(identity, isCommit));
    },
    sleep,
  });
  return lines;
}
