import type { Cells } from './cells.ts';
import type { Column } from '../columns/columns.ts';
import { FieldValue } from './field-value.ts';
import { TIME_TEXT_MAX, type ZoneText } from './zone-text.ts';

const MICROS_PER_SECOND = 1_000_000;
const QUOTE = 0x22;
const CLOSE = 0x7d;

/**
 * The time of a row in microseconds since the Unix epoch, from a column of seconds or microseconds.
 */
export function microsAt(column: Column, row: number): number {
  const { isWide, isSigned, numbers, halves } = column;
  if (!isWide) return (numbers[row] ?? 0) * MICROS_PER_SECOND;
  const high = halves[2 * row + 1] ?? 0;
  return (isSigned ? high | 0 : high) * 0x1_0000_0000 + (halves[2 * row] ?? 0);
}

/** The event time as text, and the end of the record. */
export class TimeTextValue extends FieldValue {
  readonly #column: Column;
  readonly #text: ZoneText;

  constructor(column: Column, text: ZoneText) {
    super('time_str', [column]);
    this.#column = column;
    this.#text = text;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    cells.reserve(rows * TIME_TEXT_MAX);
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const micros = microsAt(this.#column, firstRow + i);
      const seconds = Math.floor(micros / MICROS_PER_SECOND);
      const start = cells.position;
      cells.byte(QUOTE);
      this.#text.write(cells, seconds, micros - seconds * MICROS_PER_SECOND);
      cells.byte(QUOTE);
      cells.byte(CLOSE);
      starts[at] = start;
      lengths[at] = cells.position - start;
    }
  }
}
