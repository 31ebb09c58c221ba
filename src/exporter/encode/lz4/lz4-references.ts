import { copyWords } from '../bytes/byte-writer.ts';
import { type Cells, SHARED_SHIFT } from '../values/cells.ts';
import { endSequence, LZ4_OFFSET_MAX, type Lz4Writer } from './lz4-writer.ts';

/** A reference to a shorter shared cell would not be smaller than its bytes. */
const SHARED_BYTES_MIN = 6;
/** A position that no match can reach. */
const NOWHERE = -0x40000000;

/**
 * Writes records with references to previous records. It knows the positions of their keys and
 * values.
 */
export class Lz4References {
  readonly #cells: Cells;
  readonly #keyStarts: Int32Array;
  readonly #keyLengths: Int32Array;
  /**
   * By slot: the uncompressed position of the key in the last record of the block that has the key.
   */
  readonly #keyAt: Int32Array;
  /** By slot: the cell that followed that key. */
  readonly #cellBehind: Int32Array;
  /** By the number of a shared cell: its last uncompressed position in the block. */
  #sharedAt = new Int32Array(0);

  constructor(cells: Cells, keyStarts: Int32Array, keyLengths: Int32Array) {
    this.#cells = cells;
    this.#keyStarts = keyStarts;
    this.#keyLengths = keyLengths;
    this.#keyAt = new Int32Array(cells.stride).fill(NOWHERE);
    this.#cellBehind = new Int32Array(cells.stride).fill(NOWHERE);
  }

  /** Must be called when a block begins. */
  startBlock(): void {
    this.#keyAt.fill(NOWHERE);
    this.#sharedAt.fill(NOWHERE);
  }

  /** Must be called when shared cells were dropped. */
  forgetShared(): void {
    this.#cellBehind.fill(NOWHERE);
    this.#sharedAt = new Int32Array(this.#cells.floor >> SHARED_SHIFT).fill(NOWHERE);
  }

  /** Must be called when the cells change to other rows: only shared cells stay the same. */
  forgetRows(): void {
    const { floor } = this.#cells;
    const behind = this.#cellBehind;
    for (let slot = 0; slot < behind.length; slot++) {
      if ((behind[slot] ?? 0) >= floor) behind[slot] = NOWHERE;
    }
  }

  /**
   * Writes the record whose first cell has this index. The writer must have room for it. It is one
   * loop over the cells that keeps the current sequence in variables, since a record has about
   * ninety sequences.
   */
  // eslint-disable-next-line max-lines-per-function -- each part would need the sequence's state
  write(writer: Lz4Writer, first: number): void {
    const { starts, lengths, stride, floor, view } = this.#cells;
    const keyStarts = this.#keyStarts;
    const keyLengths = this.#keyLengths;
    const keyAt = this.#keyAt;
    const cellBehind = this.#cellBehind;
    const sharedAt = this.#sharedAt;
    const { view: to } = writer;
    const last = stride - 1;
    let at = writer.logicalPosition;
    let { position, literalStart } = writer;
    let matchOffset = 0;
    let matchLength = 0;
    for (let slot = 0; slot < stride; slot++) {
      const length = lengths[first + slot] ?? 0;
      if (length === 0) continue;
      const start = starts[first + slot] ?? 0;
      const keyLength = keyLengths[slot] ?? 0;
      const offset = at - (keyAt[slot] ?? 0);
      keyAt[slot] = at;
      const isSame = cellBehind[slot] === start;
      cellBehind[slot] = start;
      if (offset <= LZ4_OFFSET_MAX) {
        if (offset !== matchOffset) {
          if (matchLength > 0) {
            position = endSequence(to, literalStart, position, matchOffset, matchLength);
            literalStart = position;
          }
          matchOffset = offset;
          matchLength = 0;
        }
        matchLength += keyLength;
        at += keyLength;
        // The same value followed the same key.
        if (isSame) {
          matchLength += length;
          at += length;
          continue;
        }
      } else {
        if (matchLength > 0) {
          position = endSequence(to, literalStart, position, matchOffset, matchLength);
          literalStart = position;
          matchOffset = 0;
          matchLength = 0;
        }
        position = copyWords(to, position, view, keyStarts[slot] ?? 0, keyLength);
        at += keyLength;
      }
      if (start < floor && length >= SHARED_BYTES_MIN && slot !== last) {
        const place = start >> SHARED_SHIFT;
        const sharedOffset = at - (sharedAt[place] ?? 0);
        sharedAt[place] = at;
        if (sharedOffset <= LZ4_OFFSET_MAX) {
          if (sharedOffset !== matchOffset) {
            if (matchLength > 0) {
              position = endSequence(to, literalStart, position, matchOffset, matchLength);
              literalStart = position;
            }
            matchOffset = sharedOffset;
            matchLength = 0;
          }
          matchLength += length;
          at += length;
          continue;
        }
      }
      if (matchLength > 0) {
        position = endSequence(to, literalStart, position, matchOffset, matchLength);
        literalStart = position;
        matchOffset = 0;
        matchLength = 0;
      }
      position = copyWords(to, position, view, start, length);
      at += length;
    }
    writer.position = position;
    writer.literalStart = literalStart;
    writer.base = at - (position - literalStart);
  }
}
