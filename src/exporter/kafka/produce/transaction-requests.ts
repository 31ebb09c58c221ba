import { type BackoffOptions, backoffMs } from '../../../lib/backoff.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ExporterConfig } from '../../contract/exporter-config.ts';
import { ProducerError, type RefusedRecords } from '../../producer/record-producer.ts';
import type { HealthBoard } from '../../status/health-board.ts';
import type { TransactionOutcome } from '../../status/kafka-metrics.ts';
import type { ExporterMetrics } from '../../status/metrics.ts';
import { deliveryCheck } from '../../status/shard-checks.ts';
import type { KafkaConnection } from '../session/kafka-connection.ts';
import {
  isFenced,
  isOfRecords,
  isOfTopic,
  isProducerLost,
  isTooLargeFor,
} from '../errors/kafka-error.ts';
import type { KafkaFailure } from '../errors/kafka-failure.ts';
import { kafkaProblem } from '../errors/kafka-problem.ts';
import type { KafkaSession } from '../session/kafka-session.ts';
import { failureOf } from '../errors/kafka-session-error.ts';
import type { TopicPartition } from '../requests/produce-request.ts';
import { TRANSACTION_BUDGET_MS } from '../../producer/transaction-times.ts';

/** What requests need. */
export interface TransactionRequestDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly health: HealthBoard;
  readonly metrics: ExporterMetrics;
  readonly connection: KafkaConnection;
  /** Aborts when the producer must stop waiting. */
  readonly giveUp: AbortSignal;
}

/** One try of a request. It may return a failure or throw it. */
export type Attempt<T> = (session: KafkaSession) => Promise<T | KafkaFailure | undefined>;

const RETRY: BackoffOptions = { initialMs: 50, maxMs: 2_000 };
/**
 * The retries while a coordinator still writes the markers of the previous transaction, which takes
 * milliseconds.
 */
const BUSY: BackoffOptions = { initialMs: 5, maxMs: 40 };

/** A request to the coordinator. */
export interface Coordination {
  readonly topic: string;
  /** False: after an error, the caller must find out the result in another way. */
  readonly mayRepeat: boolean;
  /**
   * True: the request commits or aborts the transaction, so it gets the whole time of a
   * transaction.
   */
  readonly decides?: boolean;
}

/**
 * Sends the requests of a transaction to brokers, and repeats them while the transaction can still
 * succeed.
 */
export class TransactionRequests {
  readonly #deps: TransactionRequestDeps;
  readonly #kafka: ExporterConfig['kafka'];
  readonly #budgetMs: number;
  readonly #progressTopic: string | undefined;
  #startedMs: number | undefined = undefined;
  #outcome: TransactionOutcome = 'aborted';

  /**
   * @param owner `sendMs`: how long sends are repeated. `progress`: where progress is written.
   */
  constructor(
    deps: TransactionRequestDeps,
    kafka: ExporterConfig['kafka'],
    owner: { readonly sendMs?: number; readonly progress: TopicPartition | undefined },
  ) {
    this.#deps = deps;
    this.#kafka = kafka;
    this.#budgetMs = owner.sendMs ?? TRANSACTION_BUDGET_MS;
    this.#progressTopic = owner.progress?.topic;
  }

  /** When the transaction began, in monotonic milliseconds. Undefined: there is none. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** Starts the time of the transaction. Only the first call has an effect. */
  begin(): void {
    this.#startedMs ??= this.#deps.clock.monotonicMs();
  }

  /** Ends the transaction. A transaction that was not committed counts as aborted. */
  end(): void {
    if (this.#startedMs !== undefined) this.#deps.metrics.transactionEnded(this.#outcome);
    this.#outcome = 'aborted';
    this.#startedMs = undefined;
  }

  /**
   * Sends a request to the coordinator. Repeats it while the coordinator is busy and, if
   * `mayRepeat`, while the coordinator moves.
   *
   * @throws ProducerError
   */
  async coordinate(
    request: (session: KafkaSession) => Promise<void>,
    { topic, mayRepeat, decides = false }: Coordination,
  ): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await request(this.#session());
        if (decides) this.#outcome = 'committed';
        // Clear the problem here, since the next send may come much later.
        if (attempt > 0) this.#deps.health.ok(deliveryCheck(topic));
        return;
      } catch (error) {
        const isLasting = decides && mayRepeat;
        if (error instanceof ProducerError && !isLasting) throw error;
        const failure = failureOf(error);
        const isBusy = failure.detail === 'CONCURRENT_TRANSACTIONS';
        // After an error it is not known whether a commit succeeded. The shard's progress in Kafka
        // shows it.
        const isLost = isProducerLost(failure);
        const isOfTopic = this.#isOfTopic(failure, topic);
        const isFinal = !isBusy && (!mayRepeat || isLost || isOfTopic);
        if (!isBusy) this.#report(failure, topic);
        if (isFinal || this.#isOver(decides ? TRANSACTION_BUDGET_MS : this.#budgetMs)) {
          const isUncertain = decides && !isLost;
          if (isUncertain) this.#outcome = 'uncertain';
          else this.#noteFenced(failure);
          throw new ProducerError(failure.detail, {
            isFenced: isFenced(failure),
            isUncertain,
            isOfTopic,
            cause: error,
          });
        }
        await this.pause(isBusy, attempt);
      }
    }
  }

  /**
   * Repeats `attempt` until it succeeds, until no time is left, or until `check` throws.
   *
   * @throws ProducerError, and what `check` throws.
   */
  async untilDone<T extends object>(
    topic: string,
    operation: Attempt<T>,
    check: () => void,
  ): Promise<T> {
    const { health, metrics } = this.#deps;
    for (let attempt = 0; ; attempt++) {
      let failure: KafkaFailure;
      try {
        const result = await operation(this.#session());
        if (result === undefined || !('reason' in result)) {
          health.ok(deliveryCheck(topic));
          return result as T;
        }
        failure = result;
      } catch (error) {
        if (error instanceof ProducerError) throw error;
        failure = failureOf(error);
      }
      this.#report(failure, topic);
      metrics.retried(topic, failure.reason);
      const isTooLarge = isTooLargeFor(failure);
      const refused = refusedBy(failure);
      const isOfTopic = this.#isOfTopic(failure, topic);
      if (
        isTooLarge ||
        refused !== undefined ||
        isOfTopic ||
        this.#isOver(this.#budgetMs) ||
        isProducerLost(failure)
      ) {
        this.#noteFenced(failure);
        const detail = `${topic}: ${failure.detail}`;
        throw new ProducerError(detail, {
          isTooLarge,
          refused,
          isOfTopic,
          isOfProgress: topic === this.#progressTopic,
          isFenced: isFenced(failure),
        });
      }
      check();
      await this.pause(false, attempt);
    }
  }

  /** Waits before the next try. The wait is short when a coordinator is only busy. */
  pause(isBusy: boolean, attempt: number, signal = this.#deps.giveUp): Promise<void> {
    const pauseMs = backoffMs(isBusy ? BUSY : RETRY, attempt, this.#deps.random());
    return this.#deps.clock.sleep(pauseMs, signal);
  }

  #session(): KafkaSession {
    const session = this.#deps.connection.current();
    if (session === undefined) throw new ProducerError('there is no connection to Kafka');
    return session;
  }

  /**
   * True when only this topic fails, so the shard continues with other topics. If the topic of the
   * progress fails, the shard cannot continue.
   */
  #isOfTopic(failure: KafkaFailure, topic: string): boolean {
    const isOther = this.#progressTopic !== undefined && topic !== this.#progressTopic;
    return isOther && isOfTopic(failure);
  }

  /** True when the transaction can no longer succeed. */
  #isOver(budgetMs: number): boolean {
    const { clock, giveUp } = this.#deps;
    return giveUp.aborted || clock.monotonicMs() - (this.#startedMs ?? 0) > budgetMs;
  }

  #noteFenced(failure: KafkaFailure): void {
    if (isFenced(failure)) this.#outcome = 'fenced';
  }

  #report(failure: KafkaFailure, topic: string): void {
    this.#deps.health.fail(deliveryCheck(topic), kafkaProblem(failure, this.#kafka, topic));
  }
}

function refusedBy(failure: KafkaFailure): RefusedRecords | undefined {
  if (!isOfRecords(failure)) return undefined;
  const isOfTime = failure.detail === 'INVALID_TIMESTAMP';
  return {
    reason: isOfTime ? 'invalidTimestamp' : 'invalidRecord',
    places: failure.refused ?? [],
  };
}
