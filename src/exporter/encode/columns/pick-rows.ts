import { byteSource } from '../bytes/byte-writer.ts';
import type { TextColumn } from './text-column.ts';

/** The numbers of these rows, in this order. */
export function pickNumbers(values: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i] ?? 0] ?? 0;
  return picked;
}

/** The pairs of halves of these rows, in this order. */
export function pickHalves(halves: Uint32Array, rows: Int32Array): Uint32Array {
  const picked = new Uint32Array(rows.length * 2);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    picked[2 * i] = halves[2 * row] ?? 0;
    picked[2 * i + 1] = halves[2 * row + 1] ?? 0;
  }
  return picked;
}

/** The bits of these rows, in this order. Undefined when there are no bits. */
export function pickBits(bits: Uint8Array | undefined, rows: Int32Array): Uint8Array | undefined {
  if (bits === undefined) return undefined;
  const picked = new Uint8Array((rows.length + 7) >> 3);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const bit = ((bits[row >> 3] ?? 0) >> (row & 7)) & 1;
    picked[i >> 3] = (picked[i >> 3] ?? 0) | (bit << (i & 7));
  }
  return picked;
}

/** The texts of these rows, in this order. */
export function pickTexts({ bytes, offsets }: TextColumn, rows: Int32Array): TextColumn {
  const picked = pickOffsets(offsets, rows);
  const copy = new Uint8Array(picked[rows.length] ?? 0);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    copyBytes(copy, picked[i] ?? 0, bytes, { start, end });
  }
  return { ...byteSource(copy), offsets: picked };
}

/** Shorter ranges are copied byte by byte, since the engine's own method is slower for them. */
const SHORT_BYTES = 32;

function copyBytes(
  to: Uint8Array,
  at: number,
  ...[from, { start, end }]: readonly [Uint8Array, { readonly start: number; readonly end: number }]
): void {
  if (end - start > SHORT_BYTES) {
    to.set(from.subarray(start, end), at);
    return;
  }
  for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] ?? 0;
}

/** The values of these rows, in this order. Each value has `width` bytes. */
export function pickFixed(values: Uint8Array, width: number, rows: Int32Array): Uint8Array {
  const picked = new Uint8Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] ?? 0) * width;
    copyBytes(picked, i * width, values, { start, end: start + width });
  }
  return picked;
}

/** Where the lists of these rows start in the picked elements, and where the last list ends. */
export function pickOffsets(offsets: Int32Array, rows: Int32Array): Int32Array {
  const picked = new Int32Array(rows.length + 1);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    at += (offsets[row + 1] ?? 0) - (offsets[row] ?? 0);
    picked[i + 1] = at;
  }
  return picked;
}

/** The elements of the lists of these rows, in this order. */
export function elementsOf(offsets: Int32Array, rows: Int32Array): Int32Array {
  const elements = new Int32Array(pickOffsets(offsets, rows)[rows.length] ?? 0);
  let at = 0;
  for (const row of rows) {
    const end = offsets[row + 1] ?? 0;
    for (let element = offsets[row] ?? 0; element < end; element++) elements[at++] = element;
  }
  return elements;
}
