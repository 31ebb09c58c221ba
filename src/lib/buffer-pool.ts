/** Where memory comes from, and where it goes when it is not needed any more. */
export interface Memory {
  /** At least so many bytes, with anything in them. */
  take(bytes: number): Buffer;
  /** Takes memory back that `take` gave; nobody may use it any more. What is never given back is collected. */
  give(buffer: Buffer): void;
}

/** New memory for each one who asks. */
export const FRESH_MEMORY: Memory = {
  take: (bytes) => Buffer.allocUnsafeSlow(bytes),
  give: () => undefined,
};

const SIZE_STEP = 64 * 1024;

/**
 * Keeps large buffers for the next one who needs one as large. The engine counts them as its own memory without seeing
 * that they come and go with the records: at some hundred megabytes a second it looked through the whole heap eight
 * times a second, which cost as much as half of the export.
 */
export class BufferPool implements Memory {
  readonly #idleBytesMax: number;
  /** The one that was used last comes last: it may still be in the processor's cache. */
  readonly #idle: Buffer[] = [];
  #idleBytes = 0;

  /** @param idleBytesMax so much is kept, all in all. */
  constructor(idleBytesMax: number) {
    this.#idleBytesMax = idleBytesMax;
  }

  take(bytes: number): Buffer {
    const size = Math.ceil(bytes / SIZE_STEP) * SIZE_STEP;
    // A much larger one would be missed by those who need it.
    const at = this.#idle.findLastIndex(({ length }) => length >= bytes && length <= 2 * size);
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    if (found === undefined) return Buffer.allocUnsafeSlow(size);
    this.#idleBytes -= found.length;
    return found;
  }

  give(buffer: Buffer): void {
    this.#idle.push(buffer);
    this.#idleBytes += buffer.length;
    while (this.#idleBytes > this.#idleBytesMax) {
      this.#idleBytes -= this.#idle.shift()?.length ?? 0;
    }
  }
}
