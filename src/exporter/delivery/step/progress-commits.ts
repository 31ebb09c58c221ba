import type { Clock } from '../../../lib/clock.ts';
import { ProducerError, type RecordProducer } from '../../producer/record-producer.ts';
import type { ProgressMessage } from '../../progress/progress-message.ts';
import { PROGRESS_BYTES_MAX, progressSections } from '../../progress/progress-sections.ts';
import type { SentRows } from '../../progress/sent-rows.ts';
import type { SentPart } from './export-rows.ts';
import { lowerBatchBytes } from '../../producer/batch-bytes.ts';

/** What commits need. */
export interface ProgressCommitsDeps {
  readonly clock: Clock;
  readonly producer: RecordProducer;
}

/**
 * How often progress is committed while there are no rows. Such a commit only saves reading again
 * after a restart.
 */
const IDLE_COMMIT_MS = 60_000;

/**
 * Commits the transactions of a shard: the records that were sent, together with their progress.
 */
export class ProgressCommits {
  readonly #deps: ProgressCommitsDeps;
  #committedMs = 0;
  #progressBytes = PROGRESS_BYTES_MAX;

  constructor(deps: ProgressCommitsDeps) {
    this.#deps = deps;
  }

  /**
   * Commits messages together with the records that the producer has sent since the last commit.
   *
   * @throws ProducerError. If the topic accepts only smaller batches of progress, the next commit
   *   has smaller ones.
   */
  async commit(messages: readonly ProgressMessage[]): Promise<void> {
    const { clock, producer } = this.#deps;
    const sections = progressSections(messages, clock.now(), this.#progressBytes);
    try {
      await producer.commit(sections);
    } catch (error) {
      const isTooLarge = error instanceof ProducerError && error.isTooLarge && error.isOfProgress;
      if (isTooLarge) this.#progressBytes = lowerBatchBytes(this.#progressBytes);
      throw error;
    }
    this.#committedMs = clock.monotonicMs();
  }

  /**
   * Commits what a step has sent, and the second `done` before which everything is final
   * afterwards. Undefined: nothing becomes final.
   *
   * @throws ProducerError
   */
  async commitStep(sentRows: SentRows, sent: SentPart, done: number | undefined): Promise<void> {
    const { rows, columns, records } = sent;
    // The sent rows of seconds that become final in the same transaction need not be remembered.
    const messages =
      done === undefined
        ? sentRows.messagesOf(rows, columns, this.#progressBytes)
        : sentRows.messagesOfDone(done);
    const isIdle = records === 0 && messages.every(({ kind }) => kind === 'done');
    if (messages.length === 0 && records === 0) return;
    const elapsedMs = this.#deps.clock.monotonicMs() - this.#committedMs;
    if (!isIdle || elapsedMs >= IDLE_COMMIT_MS) await this.commit(messages);
    for (const message of messages) sentRows.apply(message);
  }
}
