import type { ByteSource } from '../bytes/byte-writer.ts';
import type { Cells } from './cells.ts';
import type { Column } from '../columns/columns.ts';
import { FieldValue } from './field-value.ts';
import { ipv6Text } from '../../../lib/net/ipv6-text.ts';

const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const NULL = Buffer.from('null');
const EMPTY_TEXT = Buffer.from('""');
const ADDRESS_BYTES = 16;
/** The length of the longest text of an address, with its quotes. */
const ADDRESS_TEXT_MAX = 48;

/** Text. */
export class TextValue extends FieldValue {
  readonly #column: Column;
  readonly #keepsEmpty: boolean;

  constructor(key: string, column: Column, keepsEmpty: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#keepsEmpty = keepsEmpty;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { text, nulls } = this.#column;
    const { offsets, bytes } = text;
    let lastFrom = 0;
    let lastBytes = -1;
    let start = 0;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      const from = offsets[row] ?? 0;
      const to = offsets[row + 1] ?? 0;
      const isEmpty = from === to && !this.#keepsEmpty;
      if (isEmpty || (nulls !== undefined && this.#column.isNull(row))) {
        lengths[at] = 0;
        continue;
      }
      if (
        to - from !== lastBytes ||
        !areEqual(bytes, { one: lastFrom, other: from, length: lastBytes })
      ) {
        start = cells.position;
        cells.string(text, from, to);
        lastFrom = from;
        lastBytes = to - from;
      }
      starts[at] = start;
      lengths[at] = cells.position - start;
    }
  }
}

/** A list of texts or numbers. */
abstract class ListValue extends FieldValue {
  protected readonly column: Column;
  readonly #keepsEmpty: boolean;
  readonly #names: Column | undefined;

  /** @param list with the column of the names of these values, if there is one. */
  constructor(
    key: string,
    list: { readonly column: Column; readonly names?: Column | undefined },
    keepsEmpty: boolean,
  ) {
    super(key, [list.column]);
    this.column = list.column;
    this.#names = list.names;
    this.#keepsEmpty = keepsEmpty;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { offsets } = this.column;
    const nameOffsets = this.#names?.offsets ?? offsets;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      const from = offsets[row] ?? 0;
      const to = offsets[row + 1] ?? 0;
      const names = (nameOffsets[row + 1] ?? 0) - (nameOffsets[row] ?? 0);
      if (names !== to - from) cells.faults.unequalLists++;
      if ((from === to && !this.#keepsEmpty) || this.column.isNull(row)) {
        lengths[at] = 0;
        continue;
      }
      const last = at - stride;
      if (i > 0 && (lengths[last] ?? 0) > 0 && this.isSame(row)) {
        starts[at] = starts[last] ?? 0;
        lengths[at] = lengths[last] ?? 0;
        continue;
      }
      const start = cells.position;
      cells.reserve(0);
      cells.byte(OPEN);
      this.writeElements(cells, from, to);
      cells.byte(CLOSE);
      starts[at] = start;
      lengths[at] = cells.position - start;
    }
  }

  /** True when the row's list equals the list of the previous row. */
  protected abstract isSame(row: number): boolean;
  protected abstract writeElements(cells: Cells, from: number, to: number): void;
}

/** An array of texts. */
export class TextsValue extends ListValue {
  protected override isSame(row: number): boolean {
    const { offsets, text } = this.column;
    const last = offsets[row - 1] ?? 0;
    const from = offsets[row] ?? 0;
    const count = from - last;
    if ((offsets[row + 1] ?? 0) - from !== count) return false;
    const lastStart = text.offsets[last] ?? 0;
    const start = text.offsets[from] ?? 0;
    for (let i = 1; i <= count; i++) {
      const end = (text.offsets[from + i] ?? 0) - start;
      if (end !== (text.offsets[last + i] ?? 0) - lastStart) return false;
    }
    return areEqual(text.bytes, { one: lastStart, other: start, length: start - lastStart });
  }

  protected override writeElements(cells: Cells, from: number, to: number): void {
    const { text } = this.column;
    for (let i = from; i < to; i++) {
      if (i > from) cells.byte(COMMA);
      cells.string(text, text.offsets[i] ?? 0, text.offsets[i + 1] ?? 0);
    }
  }
}

/**
 * An array of numbers. NaN and infinities, which JSON cannot represent, become `null`, so that the
 * other elements keep their positions next to their names.
 */
export class FloatsValue extends ListValue {
  protected override isSame(): boolean {
    return false;
  }

  protected override writeElements(cells: Cells, from: number, to: number): void {
    const { numbers } = this.column;
    for (let i = from; i < to; i++) {
      if (i > from) cells.byte(COMMA);
      const value = numbers[i] ?? Number.NaN;
      if (Number.isFinite(value)) cells.float(value);
      else {
        cells.reserve(NULL.length);
        cells.copy(NULL);
        cells.faults.notFinite++;
      }
    }
  }
}

/** An IPv6 address. The all-zero address, which rows of IPv4 traffic have, counts as empty. */
export class Ipv6Value extends FieldValue {
  readonly #column: Column;
  readonly #keepsEmpty: boolean;

  constructor(key: string, column: Column, keepsEmpty: boolean) {
    super(key, [column]);
    this.#column = column;
    this.#keepsEmpty = keepsEmpty;
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows } = cells;
    const { text } = this.#column;
    cells.reserve(rows * ADDRESS_TEXT_MAX);
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      const start = cells.position;
      if (!this.#column.isNull(row)) {
        if (!isZero(text, row * ADDRESS_BYTES)) {
          writeAscii(cells, ipv6Text(text.bytes, row * ADDRESS_BYTES));
        } else if (this.#keepsEmpty) cells.copy(EMPTY_TEXT);
      }
      starts[at] = start;
      lengths[at] = cells.position - start;
    }
  }
}

function isZero({ view }: ByteSource, at: number): boolean {
  return (
    view.getInt32(at, true) === 0 &&
    view.getInt32(at + 4, true) === 0 &&
    view.getInt32(at + 8, true) === 0 &&
    view.getInt32(at + 12, true) === 0
  );
}

const QUOTE = 0x22;

/** Writes plain ASCII text in quotes. The caller reserves room. */
export function writeAscii(cells: Cells, text: string): void {
  cells.byte(QUOTE);
  cells.position += cells.buffer.write(text, cells.position, 'latin1');
  cells.byte(QUOTE);
}

function areEqual(
  bytes: Uint8Array,
  places: { readonly one: number; readonly other: number; readonly length: number },
): boolean {
  const { one, other, length } = places;
  for (let i = 0; i < length; i++) if (bytes[one + i] !== bytes[other + i]) return false;
  return true;
}
