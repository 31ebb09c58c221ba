import type { AnswerError } from './answer-error.ts';
import { exceptionAtEnd } from './exception-text.ts';

/** More bytes than an exception of ClickHouse has without its stack trace. */
const TAIL_BYTES = 16 * 1024;
/** How many bytes are still read after the place where an answer broke. */
const REST_BYTES_MAX = 8 * 1024 * 1024;

/** The bytes of an answer. The last bytes are kept, since they show why the answer broke off. */
export class AnswerTail implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** The last chunks. They are the network's own memory, which is never overwritten. */
  readonly #last: Uint8Array[] = [];
  #lastBytes = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.#chunks.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  /**
   * Reads the rest of an answer that cannot be parsed, and returns the exception that ClickHouse
   * wrote at its end. Undefined: there is none.
   */
  async exception(): Promise<AnswerError | undefined> {
    try {
      let bytes = 0;
      for (
        let chunk = await this.#next();
        chunk.done !== true && bytes < REST_BYTES_MAX;
        chunk = await this.#next()
      ) {
        bytes += chunk.value.length;
      }
    } catch {
      // The connection broke as well: newer servers close it on purpose. The bytes before contain
      // the exception.
    }
    return exceptionAtEnd(Buffer.concat(this.#last).subarray(-TAIL_BYTES).toString('utf8'));
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = await this.#chunks.next();
    if (chunk.done === true) return { done: true, value: undefined };
    const { value } = chunk;
    this.#last.push(value);
    this.#lastBytes += value.length;
    let [first] = this.#last;
    while (first !== undefined && this.#lastBytes - first.length >= TAIL_BYTES) {
      this.#last.shift();
      this.#lastBytes -= first.length;
      [first] = this.#last;
    }
    return chunk;
  }
}
