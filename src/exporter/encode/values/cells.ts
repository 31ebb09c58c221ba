import { ByteWriter } from '../bytes/byte-writer.ts';
import { noFaults, type ValueFaults } from './value-faults.ts';

/**
 * Rows whose values are written at once: enough to make the loop over a column worth its start, and few enough
 * for their text to stay in the processor's cache.
 */
const CHUNK_ROWS = 128;
/** Room for the shared cells; it doubles when it was too small, up to the second. */
const SHARED_BYTES = 256 * 1024;
const SHARED_BYTES_MAX = 16 * 1024 * 1024;
/** Shared cells start at multiples of two to this power, so that each is known by a small number. */
export const SHARED_SHIFT = 3;

/** Bytes that many records share: a name, or a key. */
export interface SharedCell {
  readonly start: number;
  readonly length: number;
}

/**
 * The values of some rows as JSON text, one cell a value: where it starts and how long it is. Values that many rows
 * share stand once, below `floor`; the others of the rows at hand stand from there on.
 *
 * Columns are turned into cells one after the other, each in one loop over its rows; a record is then put together
 * from cells without a look at what they hold. So the engine compiles one short loop for each kind of value and one
 * for all records, where a call for each value of each record cost more than the writing.
 */
export class Cells extends ByteWriter {
  /** Cells of a row. */
  readonly stride: number;
  /** Where cell `row * stride + slot` starts. */
  readonly starts: Int32Array;
  /** Its bytes; 0: the record leaves the value out, with its key. */
  readonly lengths: Int32Array;
  /** The batch's rows that the cells are of. */
  firstRow = 0;
  rows = 0;
  /** Cells that start below are shared. */
  floor = SHARED_BYTES;
  /** Changes when the shared cells were dropped. */
  generation = 0;
  /** True when a shared cell found no room since they were dropped. */
  isFull = false;
  faults = noFaults();
  #sharedEnd = 0;
  readonly #shared = new Map<string, SharedCell>();

  constructor(stride: number) {
    super(SHARED_BYTES * 2);
    // Copies by words read beyond a cell, and need UTF-8 or zeros there.
    this.buffer.fill(0);
    this.stride = stride;
    this.starts = new Int32Array(stride * CHUNK_ROWS);
    this.lengths = new Int32Array(stride * CHUNK_ROWS);
  }

  /** Starts the cells of as many rows as are written at once, of those up to `end`. */
  begin(firstRow: number, end: number): void {
    this.firstRow = firstRow;
    this.rows = Math.min(CHUNK_ROWS, end - firstRow);
    this.position = this.floor;
  }

  /** What was wrong with values since the last call. */
  takeFaults(): ValueFaults {
    const taken = { ...this.faults, invalidUtf8: this.mended };
    this.faults = noFaults();
    this.mended = 0;
    return taken;
  }

  /** Drops the shared cells, and those of the rows at hand. */
  drop(): void {
    if (this.isFull) this.floor = Math.min(this.floor * 2, SHARED_BYTES_MAX);
    this.isFull = false;
    this.generation++;
    this.#sharedEnd = 0;
    this.#shared.clear();
    this.rows = 0;
    this.position = this.floor;
    this.reserve(this.floor);
  }

  /** A shared cell with these bytes, made when there is none; undefined when there is no room left. */
  share(bytes: Buffer): SharedCell | undefined {
    const text = bytes.toString('latin1');
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    const start = this.#sharedEnd;
    if (start + bytes.length > this.floor) {
      this.isFull = true;
      return undefined;
    }
    bytes.copy(this.buffer, start);
    this.#sharedEnd = (((start + bytes.length - 1) >> SHARED_SHIFT) + 1) << SHARED_SHIFT;
    const made = { start, length: bytes.length };
    this.#shared.set(text, made);
    return made;
  }

  /** A cell with these bytes: a shared one while there is room, else one of the rows at hand. */
  shareOrWrite(bytes: Buffer): SharedCell {
    const shared = this.share(bytes);
    if (shared !== undefined) return shared;
    this.reserve(bytes.length);
    const start = this.position;
    this.copy(bytes);
    return { start, length: bytes.length };
  }
}
