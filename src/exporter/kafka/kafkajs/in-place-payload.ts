/**
 * Bytes of a request, before which its headers are written in the same memory. kafkajs's own encoder copies the bytes of a
 * request three times, into new memory each time.
 */
export class InPlacePayload {
  #buffer: Buffer;
  #headroom: number;

  /** @param headroom so many bytes before `bytes`, in the same memory, may be written over. */
  constructor(bytes: Buffer, headroom: number) {
    this.#buffer = bytes;
    this.#headroom = headroom;
  }

  /** All bytes, the last head first. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** How many bytes; kafkajs's name. */
  size(): number {
    return this.#buffer.length;
  }

  /** Puts bytes before the others; without room for them everything is copied. */
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
