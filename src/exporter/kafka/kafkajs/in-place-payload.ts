/**
 * The bytes of a request. Its headers are written before them, in the same memory. kafkajs's own
 * encoder copies the bytes of a request three times, each time into new memory.
 */
export class InPlacePayload {
  #buffer: Buffer;
  #headroom: number;

  /** @param headroom how many bytes before `bytes`, in the same memory, may be overwritten. */
  constructor(bytes: Buffer, headroom: number) {
    this.#buffer = bytes;
    this.#headroom = headroom;
  }

  /** All bytes. The header that was added last comes first. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** The number of bytes. kafkajs requires this name. */
  size(): number {
    return this.#buffer.length;
  }

  /** Puts bytes before the others. If there is no room for them, everything is copied. */
  prepend(head: Buffer): void {
    const { length, buffer, byteOffset } = this.#buffer;
    if (head.length > this.#headroom) {
      this.#buffer = Buffer.concat([head, this.#buffer]);
      this.#headroom = 0;
      return;
    }
    this.#headroom -= head.length;
    this.#buffer = Buffer.from(buffer, byteOffset - head.length, head.length + length);
    head.copy(this.#buffer);
  }
}
