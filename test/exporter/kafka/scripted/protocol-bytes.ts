/** Reads the parts of a request (Kafka protocol guide, protocol primitive types). */
export class ProtocolReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8((this.#at += 1) - 1);
  }

  int16(): number {
    return this.#bytes.readInt16BE((this.#at += 2) - 2);
  }

  int32(): number {
    return this.#bytes.readInt32BE((this.#at += 4) - 4);
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE((this.#at += 8) - 8);
  }

  text(): string | undefined {
    const length = this.int16();
    return length < 0 ? undefined : this.#take(length).toString();
  }

  buffer(): Buffer {
    return this.#take(Math.max(0, this.int32()));
  }

  array<T>(readItem: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, readItem);
  }

  #take(length: number): Buffer {
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }
}

/** Writes the parts of a response, one after the other. */
export class ProtocolWriter {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    return this.#add(1, (part) => part.writeInt8(value));
  }

  int16(value: number): this {
    return this.#add(2, (part) => part.writeInt16BE(value));
  }

  int32(value: number): this {
    return this.#add(4, (part) => part.writeInt32BE(value));
  }

  int64(value: number): this {
    return this.#add(8, (part) => part.writeBigInt64BE(BigInt(value)));
  }

  text(value: string | null): this {
    if (value === null) return this.int16(-1);
    const bytes = Buffer.from(value);
    this.int16(bytes.length);
    this.#parts.push(bytes);
    return this;
  }

  array<T>(items: readonly T[], writeItem: (item: T) => unknown): this {
    this.int32(items.length);
    for (const item of items) writeItem(item);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(length: number, write: (part: Buffer) => void): this {
    const part = Buffer.alloc(length);
    write(part);
    this.#parts.push(part);
    return this;
  }
}
