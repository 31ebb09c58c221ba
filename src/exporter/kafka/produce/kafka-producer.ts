import { type DataSource, topicOf } from '../../../deepflow/data-sources.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import type { EncodedBatch, RecordsSection } from '../../encode/encoded-batch.ts';
import {
  type Partitioner,
  ProducerError,
  type RecordProducer,
  type SizeNow,
} from '../../producer/record-producer.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import type { DeliveredBatch } from '../../status/kafka-metrics.ts';
import type { ExporterMetrics } from '../../status/metrics.ts';
import { INTERNAL_CHECK, PRODUCER_CHECK } from '../../status/shard-checks.ts';
import { DeadLetters } from './dead-letters.ts';
import { putAccepted } from './put-accepted.ts';
import type { KafkaConnection } from '../session/kafka-connection.ts';
import { kafkaProblem } from '../errors/kafka-problem.ts';
import { failureOf } from '../errors/kafka-session-error.ts';
import { partitionForKey } from './murmur2.ts';
import { PartitionWriter } from './partition-writer.ts';
import type { ProducerOwner } from './producer-owner.ts';
import { compressRecords } from './record-batch.ts';
import { TransactionMembers } from './transaction-members.ts';
import { type Attempt, TransactionRequests } from './transaction-requests.ts';
import type { ProducerIdentity } from '../requests/transactions.ts';
import type { TransactionSize } from '../../producer/transaction-size.ts';

/** What a producer needs. */
export interface KafkaProducerDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: HealthBoard;
  readonly metrics: ExporterMetrics;
  readonly connection: KafkaConnection;
  /** Shared by all producers of the process. */
  readonly size: TransactionSize;
  /** Takes back the memory of batches. */
  readonly memory: Memory;
  /** Aborts when the producer must stop waiting. */
  readonly giveUp: AbortSignal;
}

/** The most batches of a transaction that are compressed or sent at the same time. */
const IN_FLIGHT_MAX = 4;

/**
 * The producer of a shard, or of a push lane. It keeps its identity until an error invalidates it.
 */
export class KafkaProducer implements RecordProducer {
  readonly #deps: KafkaProducerDeps;
  readonly #config: ExporterConfig;
  readonly #owner: ProducerOwner;
  readonly #requests: TransactionRequests;
  #identity: ProducerIdentity | undefined = undefined;
  readonly #partitions: PartitionWriter;
  readonly #deadLetters: DeadLetters;
  #turn: number;
  #lastTopic = '';
  // The state of the current transaction:
  #members = this.#newMembers();
  readonly #inFlight = new Set<Promise<void>>();
  #bytes = 0;
  #waitingRecords = 0;
  #failure: ProducerError | undefined = undefined;
  #delivered: DeliveredBatch[] = [];

  constructor(deps: KafkaProducerDeps, config: ExporterConfig, owner: ProducerOwner) {
    this.#deps = deps;
    this.#config = config;
    this.#owner = owner;
    this.#requests = new TransactionRequests(deps, config.kafka, owner);
    this.#turn = owner.firstPartition;
    this.#partitions = new PartitionWriter({
      memory: deps.memory,
      join: async (target) => {
        // Send nothing after a failed batch: it would be out of order, and the transaction has
        // failed anyway.
        this.#throwFailure();
        await this.#members.add(target);
        return this.#openIdentity();
      },
      untilDone: (topic, attempt) => this.#untilDone(topic, attempt),
    });
    this.#deadLetters = new DeadLetters(
      {
        ...deps,
        partitions: this.#partitions,
        onRejected: owner.onRejected,
        choosePartition: (topic) => this.#choosePartition(topic),
        partitionCount: (topic) => this.#partitionCount(topic),
      },
      config.delivery.deadLetterTopic,
    );
  }

  get size(): SizeNow {
    return this.#deps.size;
  }

  isFull(): boolean {
    const { startedMs } = this.#requests;
    return startedMs !== undefined && this.#deps.size.isFull({ startedMs, bytes: this.#bytes });
  }

  async open(signal: AbortSignal): Promise<boolean> {
    this.#reset();
    this.#identity = undefined;
    this.#partitions.begin();
    const { checkpointTopic } = this.#config.kafka;
    const transactionalId =
      this.#config.delivery.guarantee === 'ExactlyOnce' ? this.#owner.transactionalId : undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const session = await this.#deps.connection.session(signal);
      if (session === undefined) return false;
      try {
        this.#identity = await session.transactions.init(transactionalId);
        this.#deps.health.ok(PRODUCER_CHECK);
        return true;
      } catch (error) {
        const failure = failureOf(error);
        const isBusy = failure.detail === 'CONCURRENT_TRANSACTIONS';
        if (!isBusy) {
          this.#deps.health.fail(
            PRODUCER_CHECK,
            kafkaProblem(failure, this.#config.kafka, checkpointTopic),
          );
        }
        await this.#requests.pause(isBusy, attempt, signal);
      }
    }
    return false;
  }

  async send(batch: EncodedBatch, partition?: number): Promise<void> {
    this.#throwFailure();
    this.#requests.begin();
    const isFull = (): boolean =>
      this.#inFlight.size >= IN_FLIGHT_MAX ||
      (this.#inFlight.size > 0 && this.#waitingRecords + batch.records > this.#config.queueSize);
    while (isFull()) {
      await Promise.race(this.#inFlight);
      this.#throwFailure();
    }
    this.#bytes += batch.bytes.length;
    this.#waitingRecords += batch.records;
    this.#deps.metrics.queued(batch.records);
    const topic = topicOf(this.#config.topic, batch.dataSource);
    this.#lastTopic = topic;
    const work = this.#deliver(topic, batch, partition).catch((error: unknown) => {
      this.#failure ??= error instanceof ProducerError ? error : this.#internalError(error);
    });
    this.#inFlight.add(work);
    void work.then(() => {
      this.#inFlight.delete(work);
      this.#waitingRecords -= batch.records;
      this.#deps.metrics.queued(-batch.records);
    });
  }

  async partitioner(dataSource: DataSource): Promise<Partitioner> {
    this.#requests.begin();
    const count = await this.#partitionCount(topicOf(this.#config.topic, dataSource));
    return (key) => partitionForKey(key, count);
  }

  async commit(progress: readonly RecordsSection[]): Promise<void> {
    this.#requests.begin();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    const { progress: target } = this.#owner;
    if (target !== undefined) {
      for (const section of progress)
        await this.#partitions.put(
          target,
          await compressRecords(section, 'none', this.#deps.memory),
        );
    }
    const identity = this.#openIdentity();
    await this.#requests.coordinate((session) => session.transactions.end(identity, true), {
      topic: target?.topic ?? this.#lastTopic,
      mayRepeat: this.#owner.progress === undefined,
      decides: true,
    });
    const delivered = this.#delivered;
    this.#deadLetters.count();
    this.#reset(true);
    this.#deps.health.ok(INTERNAL_CHECK);
    for (const batch of delivered) this.#deps.metrics.delivered(batch);
  }

  async abort(): Promise<boolean> {
    await Promise.all(this.#inFlight);
    const identity = this.#identity;
    // A failed batch leaves a gap in its partition's sequence, unless the batch was not sent at
    // all.
    const isUnsent = this.#failure?.isOfTopic === true && !this.#partitions.hasGap;
    const isWhole = identity !== undefined && (isUnsent || this.#failure === undefined);
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

  #newMembers(): TransactionMembers {
    return new TransactionMembers((targets) =>
      this.#requests.coordinate(
        (session) => session.transactions.add(this.#openIdentity(), targets),
        { topic: targets[0]?.topic ?? this.#config.kafka.checkpointTopic, mayRepeat: true },
      ),
    );
  }

  #reset(isCommitted = false): void {
    const { startedMs } = this.#requests;
    if (startedMs !== undefined) {
      this.#deps.size.ended({ startedMs, bytes: this.#bytes, isCommitted });
    }
    this.#bytes = 0;
    this.#requests.end();
    this.#members = this.#newMembers();
    this.#failure = undefined;
    this.#delivered = [];
    this.#deadLetters.forget();
  }

  #openIdentity(): ProducerIdentity {
    if (this.#identity === undefined) throw new ProducerError('the producer is not open');
    return this.#identity;
  }

  #untilDone<T extends object>(topic: string, operation: Attempt<T>): Promise<T> {
    // Another batch of the transaction may fail permanently meanwhile.
    return this.#requests.untilDone(topic, operation, () => {
      this.#throwFailure();
    });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Reports a bug, since it is tried again and would be visible only in the log. */
  #internalError(error: unknown): ProducerError {
    const message = `the exporter failed to send records because of a bug, and tries again: ${String(error)}. Report it with the log of the pod`;
    this.#deps.health.fail(INTERNAL_CHECK, { reason: 'InternalError', message });
    return new ProducerError(String(error), { cause: error });
  }

  async #deliver(topic: string, batch: EncodedBatch, fixed?: number): Promise<void> {
    const { clock, memory } = this.#deps;
    const records = await compressRecords(batch, this.#config.kafka.compression, memory);
    const startedMs = clock.monotonicMs();
    const partition = fixed ?? (await this.#choosePartition(topic));
    const stored = await putAccepted(
      { memory, partitions: this.#partitions, deadLetters: this.#deadLetters },
      { target: { topic, partition }, keyPartition: fixed },
      { batch, records },
    );
    if (stored.records === 0) return;
    const { dataSource, faults } = batch;
    this.#delivered.push({
      dataSource,
      records: stored.records,
      faults,
      bytes: stored.bytes,
      tookMs: clock.monotonicMs() - startedMs,
    });
  }

  /**
   * A partition is chosen before the first try and never changes: retries use the same partition.
   */
  async #choosePartition(topic: string): Promise<number> {
    return this.#turn++ % (await this.#partitionCount(topic));
  }

  async #partitionCount(topic: string): Promise<number> {
    const { count } = await this.#untilDone(topic, async (session) => ({
      count: await session.partitionCount(topic),
    }));
    return count;
  }
}
