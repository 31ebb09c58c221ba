import { assert } from '../../../lib/assert.ts';

/** The number of bytes that all requests together may hold. */
export class ByteBudget {
  readonly #maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** True when no request holds anything. */
  get isEmpty(): boolean {
    return this.#held === 0;
  }

  /** Takes bytes. Returns false and takes nothing when there is no room for them. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#maxBytes) return false;
    this.#held += bytes;
    return true;
  }

  /** Returns bytes to the budget. */
  give(bytes: number): void {
    assert(bytes <= this.#held, 'no more bytes are returned than were taken');
    this.#held -= bytes;
  }
}
