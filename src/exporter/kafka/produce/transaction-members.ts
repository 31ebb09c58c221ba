import type { TopicPartition } from '../requests/produce-request.ts';

/**
 * The partitions of one transaction. Each partition is announced before its first batch, together
 * with other waiting partitions.
 */
export class TransactionMembers {
  readonly #announce: (targets: readonly TopicPartition[]) => Promise<void>;
  readonly #added = new Set<string>();
  #waiting = new Map<string, TopicPartition>();
  #adding: Promise<void> | undefined = undefined;

  constructor(announce: (targets: readonly TopicPartition[]) => Promise<void>) {
    this.#announce = announce;
  }

  /** How many partitions the transaction has. */
  get size(): number {
    return this.#added.size;
  }

  /**
   * Resolves when the partition is part of the transaction. Rejects when its announcement fails.
   */
  async add(target: TopicPartition): Promise<void> {
    const key = `${target.topic} ${target.partition}`;
    if (this.#added.has(key)) return;
    this.#waiting.set(key, target);
    while (!this.#added.has(key)) await (this.#adding ??= this.#addWaiting());
  }

  async #addWaiting(): Promise<void> {
    try {
      // Partitions that are added in the same tick go with the same request.
      await Promise.resolve();
      const adding = this.#waiting;
      this.#waiting = new Map();
      await this.#announce([...adding.values()]);
      for (const key of adding.keys()) this.#added.add(key);
    } finally {
      this.#adding = undefined;
    }
  }
}
