/** Gives memory, and takes it back when it is no longer needed. */
export interface Memory {
  /** Returns a buffer of at least `bytes` bytes with arbitrary content. */
  take(bytes: number): Buffer;
  /**
   * Takes back memory from `take`, which must not be used afterwards. Memory that is not given back
   * is garbage-collected.
   */
  give(buffer: Buffer): void;
}

/** Allocates new memory for each call. */
export const FRESH_MEMORY: Memory = {
  take: (bytes) => Buffer.allocUnsafeSlow(bytes),
  give: () => undefined,
};

const SIZE_STEP = 64 * 1024;

/**
 * Keeps large buffers for reuse. The engine counts buffers as memory without noticing that they are
 * freed with the records. Without the pool, at some hundred megabytes a second, it searched the
 * whole heap eight times a second, which cost half as much as the export.
 */
export class BufferPool implements Memory {
  readonly #idleBytesMax: number;
  /**
   * The buffer that was used last is at the end, since it may still be in the processor's cache.
   */
  readonly #idle: Buffer[] = [];
  #idleBytes = 0;

  /** @param idleBytesMax the most bytes that are kept in total. */
  constructor(idleBytesMax: number) {
    this.#idleBytesMax = idleBytesMax;
  }

  take(bytes: number): Buffer {
    const size = Math.ceil(bytes / SIZE_STEP) * SIZE_STEP;
    // A much larger buffer is kept for requests of that size.
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
