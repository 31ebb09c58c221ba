import type { Clock } from '../../lib/clock.ts';
import { TRANSACTION_TARGET_MS } from './transaction-times.ts';

/**
 * The size of the first transactions. It is small, since nothing is known about the brokers yet.
 * With a quota of 10 kB a second, Kafka takes this many bytes within the target time.
 */
const FIRST_BYTES = 64 * 1024;
const BYTES_MIN = 4 * 1024;
/** More bytes in a transaction save no more time. */
const BYTES_MAX = 256 * 1024 * 1024;
/** A full transaction has at least this many batches, so that batches can be sent side by side. */
const BATCHES_MIN = 4;
const BATCH_BYTES_MIN = 1024;
const GROWTH = 2;
const SHRINK_MIN = 1 / 8;
/** Shrinks the size after a transaction that took too long to be committed. */
const LOST = 1 / 4;

/** A transaction that has ended. */
interface EndedTransaction {
  /** When it began, in monotonic milliseconds. */
  readonly startedMs: number;
  /** The bytes of its batches, as encoded. */
  readonly bytes: number;
  readonly isCommitted: boolean;
}

/**
 * How many bytes of encoded records a transaction may have, so that Kafka takes them well before
 * the transaction times out. One size serves all producers of a process, since they share the
 * connections to the brokers and the quotas. It works as the congestion control of TCP does (slow
 * start, RFC 5681): the size starts small, doubles after a transaction that was so fast that a full
 * one would have been fast, and shrinks after a slow one. Only transactions that began after the last change count, so that one
 * delay does not shrink the size once for each producer.
 */
export class TransactionSize {
  readonly #clock: Clock;
  #bytes = FIRST_BYTES;
  #changedMs = -Infinity;
  #throttledUntilMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The most bytes of a transaction now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The most bytes of a batch now. */
  get batchBytes(): number {
    return Math.max(BATCH_BYTES_MIN, Math.floor(this.#bytes / BATCHES_MIN));
  }

  /** Milliseconds for which a broker has asked the exporter to send nothing (KIP-219). */
  get throttledMs(): number {
    return Math.max(0, this.#throttledUntilMs - this.#clock.monotonicMs());
  }

  /** A broker has asked the exporter to send nothing for some milliseconds. */
  throttled(ms: number): void {
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, this.#clock.monotonicMs() + ms);
  }

  /** True: nothing should be added to a transaction with these bytes. */
  isFull(transaction: Omit<EndedTransaction, 'isCommitted'>): boolean {
    return transaction.bytes >= this.#bytes || this.#tookMs(transaction) >= TRANSACTION_TARGET_MS;
  }

  /** Learns from a transaction that has ended. */
  ended(transaction: EndedTransaction): void {
    if (transaction.startedMs < this.#changedMs) return;
    const tookMs = this.#tookMs(transaction);
    if (tookMs > TRANSACTION_TARGET_MS) {
      const share = Math.max(SHRINK_MIN, TRANSACTION_TARGET_MS / tookMs);
      this.#change(this.#bytes * (transaction.isCommitted ? share : LOST));
      return;
    }
    const { bytes, isCommitted } = transaction;
    const fullMs = tookMs * Math.max(1, this.#bytes / bytes);
    if (isCommitted && fullMs < TRANSACTION_TARGET_MS / 2) this.#change(this.#bytes * GROWTH);
  }

  /** The time that a transaction has taken, with the time for which Kafka takes nothing after it. */
  #tookMs({ startedMs }: Pick<EndedTransaction, 'startedMs'>): number {
    return this.#clock.monotonicMs() - startedMs + this.throttledMs;
  }

  #change(bytes: number): void {
    this.#bytes = Math.round(Math.min(BYTES_MAX, Math.max(BYTES_MIN, bytes)));
    this.#changedMs = this.#clock.monotonicMs();
  }
}
