/**
 * Knows how far one data source is delivered. Batches are numbered in the order in which they were
 * started, and acknowledged in any order; a window is done when no batch that holds a record of it is
 * left, and windows are done in the order in which they were read.
 */
export class Progress {
  /** Second up to which every record is acknowledged. */
  cursor: number;
  #nextBatch = 0;
  /** All batches below this one are delivered. */
  #deliveredBelow = 0;
  readonly #deliveredAbove = new Set<number>();
  readonly #windows: { readonly to: number; readonly batches: number }[] = [];

  constructor(cursor: number) {
    this.cursor = cursor;
  }

  /** Numbers a new batch. */
  startBatch(): number {
    return this.#nextBatch++;
  }

  /** Every record of the time before `to` stands in a batch that was started by now. */
  windowRead(to: number): void {
    this.#windows.push({ to, batches: this.#nextBatch });
    this.#advance();
  }

  /** Kafka has acknowledged a batch. */
  delivered(batch: number): void {
    this.#deliveredAbove.add(batch);
    while (this.#deliveredAbove.delete(this.#deliveredBelow)) this.#deliveredBelow++;
    this.#advance();
  }

  #advance(): void {
    let first = this.#windows[0];
    while (first !== undefined && first.batches <= this.#deliveredBelow) {
      this.cursor = first.to;
      this.#windows.shift();
      first = this.#windows[0];
    }
  }
}
