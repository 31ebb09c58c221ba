import type { KafkaFailure } from '../../../src/exporter/kafka/errors/kafka-failure.ts';
import { brokerFailure } from '../../../src/exporter/kafka/errors/kafka-error.ts';
import { failureOf, sessionError } from '../../../src/exporter/kafka/errors/kafka-session-error.ts';
import type { GroupRequests } from '../../../src/exporter/kafka/requests/group-requests.ts';
import type { OutgoingBatch } from '../../../src/exporter/kafka/requests/produce-request.ts';
import type { StoredMessage } from '../../../src/exporter/kafka/requests/read-partition.ts';
import type {
  ProducerIdentity,
  Transactions,
} from '../../../src/exporter/kafka/requests/transactions.ts';
import type { KafkaSession } from '../../../src/exporter/kafka/session/kafka-session.ts';
import { TRANSACTION_TIMEOUT_MS } from '../../../src/exporter/producer/transaction-times.ts';
import type { ProcessClock } from '../simulated-time.ts';
import { Connection, WireError } from './connection.ts';
import type { KafkaModel, Target } from './kafka-model.ts';
import type { ProduceError } from './partition-log.ts';

/** The codes of errors in answers to produce requests (https://kafka.apache.org/protocol#protocol_error_codes). */
const CODES: Readonly<Record<ProduceError, number>> = {
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
};

const JOIN_TIMEOUT_MS = 40_000;
const SYNC_TIMEOUT_MS = 15_000;
const READ_DEADLINE_MS = 60_000;
const READ_POLL_MS = 100;

/** A session of a process that sends its requests to a model instead of to brokers. */
export class ModelSession implements KafkaSession {
  readonly revision = 1;
  readonly #kafka: KafkaModel;
  readonly #clock: ProcessClock;
  readonly #connections = new Map<string, Connection>();
  /** The leader of each partition, as the last metadata named it. */
  readonly #leaders = new Map<string, number>();

  readonly #onThrottle: (ms: number) => void;

  constructor(kafka: KafkaModel, clock: ProcessClock, onThrottle: (ms: number) => void) {
    this.#kafka = kafka;
    this.#clock = clock;
    this.#onThrottle = onThrottle;
  }

  readonly transactions: Transactions = {
    init: (transactionalId) =>
      this.#coordinate('start the producer', () => {
        const { transactions } = this.#kafka;
        if (transactionalId === undefined) {
          return { id: transactions.newProducerId(), epoch: 0, transactionalId };
        }
        const started = transactions.init(transactionalId, TRANSACTION_TIMEOUT_MS);
        if (typeof started === 'string') throw protocolError(started);
        return { id: started.producerId, epoch: started.epoch, transactionalId };
      }),
    add: async (identity, targets) => {
      await this.#transaction('add partitions', identity, (id, producer) =>
        this.#kafka.transactions.add(id, producer, targets.map(nameOf)),
      );
    },
    end: async (identity, isCommit) => {
      await this.#transaction('end the transaction', identity, (id, producer) =>
        this.#kafka.transactions.end(id, producer, isCommit),
      );
    },
  };

  readonly group: GroupRequests = {
    join: ({ memberId }, metadata) =>
      this.#ask('join the group', JOIN_TIMEOUT_MS, (answer) => {
        this.#kafka.group.join(memberId, metadata, (joined) => {
          answer(typeof joined === 'string' ? protocolError(joined) : joined);
        });
      }),
    sync: (membership, assignments) =>
      this.#ask('share the group', SYNC_TIMEOUT_MS, (answer) => {
        this.#kafka.group.sync(membership, assignments, (assignment) => {
          answer(typeof assignment === 'string' ? protocolError(assignment) : assignment);
        });
      }),
    heartbeat: ({ memberId, generation }) =>
      this.#coordinate('stay in the group', () => {
        const error = this.#kafka.group.heartbeat(memberId, generation);
        if (error !== undefined) throw protocolError(error);
      }),
    leave: ({ memberId }) =>
      this.#coordinate('leave the group', () => {
        this.#kafka.group.leave(memberId);
      }),
    close: () => Promise.resolve(),
  };

  partitionCount(topic: string): Promise<number> {
    return this.#coordinate(`metadata of ${topic}`, () => this.#kafka.partitionCount(topic));
  }

  async produce(
    target: Target,
    { bytes }: OutgoingBatch,
    transactionalId?: string,
  ): Promise<KafkaFailure | undefined> {
    const name = nameOf(target);
    const leader = this.#leaders.get(name) ?? this.#kafka.leaderOf(target);
    this.#leaders.set(name, leader);
    // The sender may overwrite its memory as soon as the request has failed.
    const sent = Buffer.from(bytes);
    try {
      const { failure, mutedMs } = await this.#to(leader).request(() => {
        const log = this.#kafka.logAt(leader, target);
        const isOpen =
          transactionalId === undefined ||
          this.#kafka.transactions.hasPartition(String(sent.readBigInt64BE(43)), name);
        const stale = log.append(sent, isOpen);
        const mutedMs = this.#kafka.quotas[leader]?.count(sent.length) ?? 0;
        const failure = stale === undefined ? undefined : brokerFailure(CODES[stale]);
        return { value: { failure, mutedMs }, mutedMs };
      });
      if (mutedMs > 0) this.#onThrottle(mutedMs);
      return failure;
    } catch (error) {
      this.#leaders.delete(name);
      return failureOf(error);
    }
  }

  async readPartition(
    target: Target,
    isLast?: (message: StoredMessage) => boolean,
  ): Promise<readonly StoredMessage[]> {
    const untilMs = this.#clock.monotonicMs() + READ_DEADLINE_MS;
    for (;;) {
      const leader = this.#kafka.leaderOf(target);
      const messages = await this.#to(leader)
        .request(() => ({ value: this.#kafka.logAt(leader, target).committed() }))
        .catch((error: unknown) => {
          throw sessionError(`read ${target.topic}`, error);
        });
      if (isLast === undefined) return messages;
      const last = messages.findIndex(isLast);
      if (last >= 0) return messages.slice(0, last + 1);
      if (this.#clock.monotonicMs() > untilMs) {
        throw sessionError(`read ${target.topic}`, new WireError('KafkaJSRequestTimeoutError'));
      }
      await this.#clock.sleep(READ_POLL_MS);
    }
  }

  createCompactedTopic(topic: string, partitions: number): Promise<boolean> {
    return this.#coordinate(`create ${topic}`, () => {
      this.#kafka.createTopic(topic, partitions);
      return true;
    });
  }

  cleanupPolicy(): Promise<string> {
    return Promise.resolve('compact');
  }

  addPartitions(topic: string, count: number): Promise<void> {
    return this.#coordinate(`add partitions to ${topic}`, () => {
      this.#kafka.createTopic(topic, count);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #transaction(
    operation: string,
    { id, epoch, transactionalId }: ProducerIdentity,
    request: (
      transactionalId: string,
      producer: { readonly producerId: string; readonly epoch: number },
    ) => string | undefined,
  ): Promise<void> {
    if (transactionalId === undefined) return;
    await this.#coordinate(operation, () => {
      const error = request(transactionalId, { producerId: id, epoch });
      if (error !== undefined) throw protocolError(error);
    });
  }

  /** Sends a request to the coordinator, over the connection that batches use, too. */
  async #coordinate<T>(operation: string, work: () => T): Promise<T> {
    try {
      return await this.#to(this.#kafka.coordinator()).request(() => ({ value: work() }));
    } catch (error) {
      throw sessionError(operation, error);
    }
  }

  /** Sends a request of the group, over a connection that only the group uses. */
  async #ask<T>(
    operation: string,
    timeoutMs: number,
    work: (answer: (value: T | WireError) => void) => void,
  ): Promise<T> {
    try {
      return await this.#to(this.#kafka.coordinator(), 'group').wait(work, timeoutMs);
    } catch (error) {
      throw sessionError(operation, error);
    }
  }

  #to(broker: number, purpose: 'records' | 'group' = 'records'): Connection {
    const key = `${broker} ${purpose}`;
    const known = this.#connections.get(key);
    if (known !== undefined && !known.isBroken) return known;
    const made = new Connection(this.#kafka, this.#clock, broker);
    this.#connections.set(key, made);
    return made;
  }
}

function protocolError(type: string): WireError {
  return new WireError('KafkaJSProtocolError', type);
}

function nameOf({ topic, partition }: Target): string {
  return `${topic} ${partition}`;
}
