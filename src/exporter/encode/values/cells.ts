import { ByteWriter } from '../bytes/byte-writer.ts';
import { noFaults, type ValueFaults } from './value-faults.ts';

/**
 * How many rows are written at once: enough to repay the start of a loop over a column, and few
 * enough that their text stays in the processor's cache.
 */
const CHUNK_ROWS = 128;
/** The initial and the greatest room for shared cells. The room doubles when it was too small. */
const SHARED_BYTES = 256 * 1024;
const SHARED_BYTES_MAX = 16 * 1024 * 1024;
/** Shared cells start at multiples of two to this power, so that each has a small number. */
export const SHARED_SHIFT = 3;

/** Bytes that many records share, such as a name or a key. */
export interface SharedCell {
  readonly start: number;
  readonly length: number;
}

/**
 * The values of some rows as JSON text. Each value has a cell, with its start and length. Values
 * that many rows share are stored once, below `floor`. The other values of the current rows are
 * stored from `floor` on.
 *
 * Columns are converted to cells one after the other, each in one loop over its rows. Then a record
 * is assembled from cells without reading their content. So the engine compiles one short loop for
 * each kind of value, and one loop for all records. A call for each value of each record would cost
 * more than the writing.
 */
export class Cells extends ByteWriter {
  /** How many cells a row has. */
  readonly stride: number;
  /** Where cell `row * stride + slot` starts. */
  readonly starts: Int32Array;
  /** The length of each cell in bytes. 0: the record has neither the value nor its key. */
  readonly lengths: Int32Array;
  /** The first row of the batch to which the cells belong. */
  firstRow = 0;
  rows = 0;
  /** Cells that start below this position are shared. */
  floor = SHARED_BYTES;
  /** Changes when the shared cells are dropped. */
  generation = 0;
  /** True when there was no room for a shared cell since they were last dropped. */
  isFull = false;
  faults = noFaults();
  #sharedEnd = 0;
  readonly #shared = new Map<string, SharedCell>();

  constructor(stride: number) {
    super(SHARED_BYTES * 2);
    // Copies in words read beyond the end of a cell, and need UTF-8 or zeros there.
    this.buffer.fill(0);
    this.stride = stride;
    this.starts = new Int32Array(stride * CHUNK_ROWS);
    this.lengths = new Int32Array(stride * CHUNK_ROWS);
  }

  /** Starts the cells of the next chunk of rows, up to `end`. */
  begin(firstRow: number, end: number): void {
    this.firstRow = firstRow;
    this.rows = Math.min(CHUNK_ROWS, end - firstRow);
    this.position = this.floor;
  }

  /** Takes the value faults since the last call. */
  takeFaults(): ValueFaults {
    const taken = { ...this.faults, invalidUtf8: this.mended };
    this.faults = noFaults();
    this.mended = 0;
    return taken;
  }

  /** Drops the shared cells and the cells of the current rows. */
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

  /**
   * Returns a shared cell with these bytes, and makes it if there is none. Undefined when there is
   * no room left.
   */
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

  /**
   * Returns a cell with these bytes: a shared cell while there is room, otherwise a cell of the
   * current rows.
   */
  shareOrWrite(bytes: Buffer): SharedCell {
    const shared = this.share(bytes);
    if (shared !== undefined) return shared;
    this.reserve(bytes.length);
    const start = this.position;
    this.copy(bytes);
    return { start, length: bytes.length };
  }
}
