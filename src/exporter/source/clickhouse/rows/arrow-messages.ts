import { Message } from 'apache-arrow';
import type { Memory } from '../../../../lib/buffer-pool.ts';
import { AnswerError } from '../errors/answer-error.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';

/** Start of each message of an Arrow IPC stream, before the length of its metadata (Arrow IPC format, since 0.15). */
const CONTINUATION = 0xffff_ffff;
const PREFIX_BYTES = 8;
const INITIAL_BYTES = 1024 * 1024;
/** More bytes than a block of rows has. A greater length means that the bytes are not a message. */
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Cuts an Arrow IPC stream into its messages, each in one buffer that is reused for the next
 * message. The library's own reader allocates new memory for each message, which is megabytes for
 * each block of rows.
 */
export class ArrowMessages {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #memory: Memory;
  #buffer: Buffer;
  /** How many bytes of the message are in the buffer. */
  #length = 0;
  /** The part of the last chunk that is not in the buffer yet. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>, memory: Memory) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#memory = memory;
    this.#buffer = memory.take(INITIAL_BYTES);
  }

  /**
   * The next message. It is valid until `next` is called again. Undefined at the end of the stream.
   *
   * @throws when the bytes end before the stream is complete, or are not an Arrow stream.
   */
  async next(): Promise<Uint8Array | undefined> {
    this.#length = 0;
    await this.#fill(PREFIX_BYTES);
    if (this.#buffer.readUInt32LE(0) !== CONTINUATION) {
      throw garbled('the answer is not an Arrow stream, or continues with other bytes');
    }
    const metadataBytes = this.#buffer.readInt32LE(4);
    if (metadataBytes === 0) {
      await this.#expectEnd();
      return undefined;
    }
    if (metadataBytes < 0) throw garbled('the answer is not an Arrow stream');
    await this.#fill(PREFIX_BYTES + metadataBytes);
    const { bodyLength } = Message.decode(this.#buffer.subarray(PREFIX_BYTES, this.#length));
    await this.#fill(PREFIX_BYTES + metadataBytes + bodyLength);
    return this.#buffer.subarray(0, this.#length);
  }

  /** Returns the memory. The last message is invalid afterwards. */
  close(): void {
    void this.#chunks.return?.();
    this.#memory.give(this.#buffer);
  }

  /** Reads until the message has `length` bytes. */
  async #fill(length: number): Promise<void> {
    if (length > MESSAGE_BYTES_MAX) {
      throw garbled(
        `the answer has a message of ${length} bytes; the limit is ${MESSAGE_BYTES_MAX} bytes`,
      );
    }
    if (length > this.#buffer.length) this.#grow(length);
    while (this.#length < length) {
      if (this.#rest.length === 0) {
        const chunk = await this.#chunks.next();
        if (chunk.done === true) {
          throw new AnswerError('the answer ended before it was complete', OWN_CODES.cut);
        }
        this.#rest = chunk.value;
      }
      const taken = this.#rest.subarray(0, length - this.#length);
      this.#buffer.set(taken, this.#length);
      this.#length += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
  }

  /** The connection can be used again only after the answer was read to its end. */
  async #expectEnd(): Promise<void> {
    const { done } = await this.#chunks.next();
    if (done !== true || this.#rest.length > 0) throw garbled('the answer continues after its end');
  }

  #grow(length: number): void {
    const grown = this.#memory.take(length);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#memory.give(this.#buffer);
    this.#buffer = grown;
  }
}

function garbled(words: string): AnswerError {
  return new AnswerError(words, OWN_CODES.garbled);
}
