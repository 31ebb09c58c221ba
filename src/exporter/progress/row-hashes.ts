/** Bytes of a hash. */
export const HASH_BYTES = 8;

/** A multiset of 64-bit hashes that only grows. */
export class RowHashes {
  #hashes: BigUint64Array;
  #size = 0;

  constructor(room = 64) {
    this.#hashes = new BigUint64Array(room);
  }

  get size(): number {
    return this.#size;
  }

  add(hash: bigint): void {
    if (this.#size === this.#hashes.length) {
      const grown = new BigUint64Array(Math.max(64, this.#hashes.length * 2));
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes[this.#size++] = hash;
  }

  addAll(other: RowHashes): void {
    for (let i = 0; i < other.#size; i++) this.add(other.#hashes[i] ?? 0n);
  }

  /** How often each hash is in the set. */
  counts(): Map<bigint, number> {
    const counts = new Map<bigint, number>();
    for (let i = 0; i < this.#size; i++) {
      const hash = this.#hashes[i] ?? 0n;
      counts.set(hash, (counts.get(hash) ?? 0) + 1);
    }
    return counts;
  }

  /** The hashes from `start` to `end`, eight bytes each, little endian. */
  toBytes(start: number, end: number): Buffer {
    const { buffer } = this.#hashes.slice(start, Math.min(end, this.#size));
    return Buffer.from(buffer);
  }

  /**
   * Adds hashes as `toBytes` wrote them, but only until each is in the set as often as it is in the
   * bytes.
   */
  addMissing(bytes: Buffer): void {
    const known = this.counts();
    const wanted = new RowHashes(bytes.length / HASH_BYTES);
    wanted.addBytes(bytes);
    for (const [hash, count] of wanted.counts()) {
      for (let i = known.get(hash) ?? 0; i < count; i++) this.add(hash);
    }
  }

  /** Adds hashes as `toBytes` wrote them. */
  addBytes(bytes: Buffer): void {
    for (let at = 0; at + HASH_BYTES <= bytes.length; at += HASH_BYTES) {
      this.add(bytes.readBigUInt64LE(at));
    }
  }
}
