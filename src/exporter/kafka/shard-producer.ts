import { topicOf } from '../../deepflow/data-sources.ts';
import { type BackoffOptions, backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ExporterConfig } from '../contract/exporter-config.ts';
import type { EncodedBatch, RecordsSection } from '../encode/encoded-batch.ts';
import { ProducerError, type RecordProducer } from '../shard/record-producer.ts';
import type { HealthBoard } from '../status/health-board.ts';
import type { ExporterMetrics } from '../status/metrics.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { isFenced, isProducerLost, isTooLargeFor, type KafkaFailure } from './kafka-error.ts';
import { kafkaProblem } from './kafka-problem.ts';
import type { KafkaSession } from './kafka-session.ts';
import { failureOf } from './kafka-session-error.ts';
import type { TopicPartition } from './produce-request.ts';
import { type CompressedRecords, compressRecords, recordBatch } from './record-batch.ts';
import { TransactionMembers } from './transaction-members.ts';
import { type ProducerIdentity, TRANSACTION_TIMEOUT_MS } from './transactions.ts';

/** What a producer needs. */
export interface ShardProducerDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: ExporterMetrics;
  readonly connection: KafkaConnection;
  /** Aborts when nothing is to be waited for any more. */
  readonly giveUp: AbortSignal;
}

const RETRY: BackoffOptions = { initialMs: 50, maxMs: 2_000 };
/** A coordinator still writes the markers of the transaction before: milliseconds. */
const CONCURRENT: BackoffOptions = { initialMs: 5, maxMs: 40 };
/** Below the coordinator's own time-out, so that it is this side that gives up. */
const TRANSACTION_BUDGET_MS = TRANSACTION_TIMEOUT_MS - 10_000;
/** Batches of a transaction that are compressed or on their way at once. */
const IN_FLIGHT_MAX = 8;
const SEQUENCE_END = 2 ** 31;

/** Sequence and batches of one partition: one is on its way at a time, so retries never reorder. */
interface PartitionState {
  nextSequence: number;
  last: Promise<unknown>;
}

/** The producer of a shard. It keeps its identity until an error takes it. */
export class ShardProducer implements RecordProducer {
  readonly #deps: ShardProducerDeps;
  readonly #config: ExporterConfig;
  readonly #shard: number;
  #identity: ProducerIdentity | undefined = undefined;
  readonly #partitions = new Map<string, PartitionState>();
  #turn: number;
  // Of the transaction under way:
  #startedMs: number | undefined = undefined;
  #members = this.#newMembers();
  readonly #inFlight = new Set<Promise<void>>();
  #waitingRecords = 0;
  #failure: ProducerError | undefined = undefined;
  #delivered: { batch: EncodedBatch; bytes: number; tookMs: number }[] = [];

  constructor(deps: ShardProducerDeps, config: ExporterConfig, shard: number) {
    this.#deps = deps;
    this.#config = config;
    this.#shard = shard;
    this.#turn = shard;
  }

  async open(signal: AbortSignal): Promise<boolean> {
    this.#reset();
    this.#identity = undefined;
    this.#partitions.clear();
    const { checkpointTopic } = this.#config.kafka;
    const transactionalId =
      this.#config.delivery.guarantee === 'ExactlyOnce'
        ? `${checkpointTopic}.${this.#shard}`
        : undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const session = await this.#deps.connection.session(signal);
      if (session === undefined) return false;
      try {
        this.#identity = await session.transactions.init(transactionalId);
        this.#deps.health.ok(CHECK);
        return true;
      } catch (error) {
        const failure = failureOf(error);
        const isBusy = failure.detail === 'CONCURRENT_TRANSACTIONS';
        if (!isBusy) {
          this.#deps.health.fail(CHECK, kafkaProblem(failure, this.#config.kafka, checkpointTopic));
        }
        await this.#pause(isBusy ? CONCURRENT : RETRY, attempt, signal);
      }
    }
    return false;
  }

  async send(batch: EncodedBatch): Promise<void> {
    this.#throwFailure();
    this.#start();
    const isFull = (): boolean =>
      this.#inFlight.size >= IN_FLIGHT_MAX ||
      (this.#inFlight.size > 0 && this.#waitingRecords + batch.records > this.#config.queueSize);
    while (isFull()) {
      await Promise.race(this.#inFlight);
      this.#throwFailure();
    }
    this.#waitingRecords += batch.records;
    const topic = topicOf(this.#config.topic, batch.dataSource);
    const work = this.#deliver(topic, batch).catch((error: unknown) => {
      this.#failure ??= error instanceof ProducerError ? error : lost(String(error), error);
    });
    this.#inFlight.add(work);
    void work.then(() => {
      this.#inFlight.delete(work);
      this.#waitingRecords -= batch.records;
    });
  }

  async commit(progress: readonly RecordsSection[]): Promise<void> {
    this.#start();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    const target = { topic: this.#config.kafka.checkpointTopic, partition: this.#shard };
    for (const section of progress) {
      await this.#put(target, await compressRecords(section, 'none'));
    }
    await this.#coordinate((session, identity) => session.transactions.end(identity, true), {
      topic: this.#config.kafka.checkpointTopic,
      mayRepeat: false,
    });
    const delivered = this.#delivered;
    this.#reset();
    for (const { batch, bytes, tookMs } of delivered) {
      this.#deps.metrics.delivered(batch, bytes, tookMs);
    }
  }

  async abort(): Promise<boolean> {
    await Promise.all(this.#inFlight);
    const identity = this.#identity;
    // A batch that failed leaves a gap in its partition's sequence.
    const isWhole = identity !== undefined && this.#failure === undefined;
    const isOpen = this.#members.size > 0;
    this.#reset();
    if (!isWhole || !isOpen) return isWhole;
    try {
      const session = this.#deps.connection.current();
      await session?.transactions.end(identity, false);
      return session !== undefined;
    } catch {
      // Opening the shard again aborts the transaction as well.
      return false;
    }
  }

  #start(): void {
    this.#startedMs ??= this.#deps.clock.monotonicMs();
  }

  #newMembers(): TransactionMembers {
    return new TransactionMembers((targets) =>
      this.#coordinate((session, identity) => session.transactions.add(identity, targets), {
        topic: targets[0]?.topic ?? this.#config.kafka.checkpointTopic,
        mayRepeat: true,
      }),
    );
  }

  #reset(): void {
    this.#startedMs = undefined;
    this.#members = this.#newMembers();
    this.#failure = undefined;
    this.#delivered = [];
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #deliver(topic: string, batch: EncodedBatch): Promise<void> {
    const { clock } = this.#deps;
    const records = await compressRecords(batch, this.#config.kafka.compression);
    const startedMs = clock.monotonicMs();
    const partition = await this.#choosePartition(topic);
    try {
      const bytes = await this.#put({ topic, partition }, records);
      this.#delivered.push({ batch, bytes, tookMs: clock.monotonicMs() - startedMs });
    } catch (error) {
      if (!isTooLarge(error) || batch.records > 1) throw error;
      await this.#bury(topic, batch, records);
    }
  }

  /** A record that Kafka can never take holds nobody up. */
  async #bury(topic: string, batch: EncodedBatch, records: CompressedRecords): Promise<void> {
    const { health, logger, metrics } = this.#deps;
    health.ok(`delivery to ${topic}`);
    metrics.rejected(batch.dataSource, 'tooLarge');
    const { deadLetterTopic } = this.#config.delivery;
    const size = batch.bytes.length;
    logger.warn({ topic, size, deadLetterTopic }, 'a record is too large for its topic');
    if (deadLetterTopic === undefined) return;
    try {
      const partition = await this.#choosePartition(deadLetterTopic);
      await this.#put({ topic: deadLetterTopic, partition }, records);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      health.ok(`delivery to ${deadLetterTopic}`);
      metrics.rejected(batch.dataSource, 'tooLargeForDeadLetters');
    }
  }

  /** A partition is chosen before the first try and never changes: retries go where the first try went. */
  async #choosePartition(topic: string): Promise<number> {
    const partitions = await this.#untilDone(topic, async (session) => ({
      count: await session.partitionCount(topic),
    }));
    return this.#turn++ % partitions.count;
  }

  /** Stores records in a partition, behind those that wait for it; answers the bytes of the batch. */
  async #put(target: TopicPartition, records: CompressedRecords): Promise<number> {
    const key = `${target.topic} ${target.partition}`;
    const state = this.#partitions.get(key) ?? { nextSequence: 0, last: Promise.resolve() };
    this.#partitions.set(key, state);
    const result = state.last.then(() => this.#putNext(state, { target, records }));
    state.last = result.catch(() => undefined);
    return result;
  }

  async #putNext(
    state: PartitionState,
    { target, records }: { readonly target: TopicPartition; readonly records: CompressedRecords },
  ): Promise<number> {
    // Behind a failed batch nothing may be sent: it would be out of order, and the transaction is lost anyway.
    this.#throwFailure();
    await this.#members.add(target);
    const producer = this.#identity;
    if (producer === undefined) throw lost('the shard is not open');
    const first = state.nextSequence;
    const bytes = recordBatch(records, { producer, first });
    await this.#untilDone(target.topic, async (session) => {
      const failure = await session.produce(target, bytes, producer.transactionalId);
      // The answer to an earlier try was lost, but the broker has the batch.
      return failure?.detail === 'DUPLICATE_SEQUENCE_NUMBER' ? undefined : failure;
    });
    // A batch that was refused has taken no place in the sequence.
    state.nextSequence = (first + records.section.records) % SEQUENCE_END;
    return bytes.length;
  }

  /** Asks the coordinator, again while it is busy or moves. */
  async #coordinate(
    request: (session: KafkaSession, identity: ProducerIdentity) => Promise<void>,
    { topic, mayRepeat }: { readonly topic: string; readonly mayRepeat: boolean },
  ): Promise<void> {
    const { connection } = this.#deps;
    const identity = this.#identity;
    if (identity === undefined) throw lost('the shard is not open');
    for (let attempt = 0; ; attempt++) {
      try {
        const session = connection.current();
        if (session === undefined) throw lost('there is no connection');
        await request(session, identity);
        return;
      } catch (error) {
        const failure = failureOf(error);
        const isBusy = failure.detail === 'CONCURRENT_TRANSACTIONS';
        // What a commit came to is not known after an error: the shard's progress in Kafka says it.
        const isFinal = !isBusy && (!mayRepeat || isProducerLost(failure));
        if (!isBusy) this.#report(failure, topic);
        if (isFinal || this.#isOver()) {
          throw new ProducerError(failure.detail, { isFenced: isFenced(failure), cause: error });
        }
        await this.#pause(isBusy ? CONCURRENT : RETRY, attempt);
      }
    }
  }

  /** Tries until there is no failure or no time left. A failure may be answered or thrown. */
  async #untilDone<T extends object>(
    topic: string,
    operation: (session: KafkaSession) => Promise<T | KafkaFailure | undefined>,
  ): Promise<T> {
    const { connection, health, metrics } = this.#deps;
    const check = `delivery to ${topic}`;
    for (let attempt = 0; ; attempt++) {
      let failure: KafkaFailure;
      try {
        const session = connection.current();
        if (session === undefined) throw lost('there is no connection');
        const result = await operation(session);
        if (result === undefined || !('reason' in result)) {
          health.ok(check);
          return result as T;
        }
        failure = result;
      } catch (error) {
        if (error instanceof ProducerError) throw error;
        failure = failureOf(error);
      }
      this.#report(failure, topic);
      metrics.retried(topic, failure.reason);
      const isLarge = isTooLargeFor(failure);
      if (isLarge || this.#isOver() || isProducerLost(failure)) {
        throw new ProducerError(`${topic}: ${failure.detail}`, {
          isTooLarge: isLarge,
          isFenced: isFenced(failure),
        });
      }
      // Another batch of the transaction may have failed for good.
      this.#throwFailure();
      await this.#pause(RETRY, attempt);
    }
  }

  /** True when the transaction can come to nothing any more. */
  #isOver(): boolean {
    const { clock, giveUp } = this.#deps;
    return giveUp.aborted || clock.monotonicMs() - (this.#startedMs ?? 0) > TRANSACTION_BUDGET_MS;
  }

  #report(failure: KafkaFailure, topic: string): void {
    const problem = kafkaProblem(failure, this.#config.kafka, topic);
    this.#deps.health.fail(`delivery to ${topic}`, problem);
  }

  #pause(backoff: BackoffOptions, attempt: number, signal?: AbortSignal): Promise<void> {
    const pauseMs = backoffMs(backoff, attempt, this.#deps.random());
    return this.#deps.clock.sleep(pauseMs, signal ?? this.#deps.giveUp);
  }
}

const CHECK = 'producer';

function isTooLarge(error: unknown): boolean {
  return error instanceof ProducerError && error.isTooLarge;
}

function lost(message: string, cause?: unknown): ProducerError {
  return new ProducerError(message, { cause });
}
