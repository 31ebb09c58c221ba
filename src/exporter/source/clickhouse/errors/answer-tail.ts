import type { AnswerError } from './answer-error.ts';
import { exceptionAtEnd } from './exception-text.ts';

/** More than an exception of ClickHouse has without its stack trace. */
const TAIL_BYTES = 16 * 1024;
/** What may still come behind the place where an answer broke; a longer rest is not waited for. */
const REST_BYTES_MAX = 8 * 1024 * 1024;

/** The bytes of an answer, of which the last ones are kept: they say why it broke off. */
export class AnswerTail implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** The last chunks; they are the network's own memory, which nobody writes again. */
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

  /** What ClickHouse wrote at the end of an answer that cannot be read; undefined: nothing. It reads the rest. */
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
      // The connection broke as well, as newer servers let it: what came before has the words.
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
