import type { RecordBatch } from 'apache-arrow';
import { Column } from '../../encode/columns/columns.ts';
import { RowHashes } from '../../progress/row-hashes.ts';
import type { NewRows, SentRows } from '../../progress/sent-rows.ts';
import {
  HASH_FORM,
  HASH_FORMS,
  hashColumn,
  type HashedColumns,
  type HashForm,
  hashNumber,
} from '../../source/row-hash.ts';
import { TIME_COLUMN, type Window } from '../../source/source.ts';

/**
 * For each way to compute the hash (its form): the number that says in the checkpoint topic how,
 * and over which columns, a hash was computed.
 */
export type HashNumbers = Readonly<Record<HashForm, number>>;

/** The numbers of these columns. */
export function hashNumbers(columns: HashedColumns): HashNumbers {
  return { values: hashNumber('values', columns), tuple: hashNumber('tuple', columns) };
}

/**
 * Separates new rows, such as late rows, from rows that were sent, and remembers the hashes of the
 * new rows. Rows are compared as a multiset of the hashes of their contents.
 */
export class NewRowPicker {
  /**
   * The forms of the hash that have to be read: the form that is written now, and the forms in
   * which rows were sent.
   */
  readonly forms: readonly HashForm[];
  readonly #numbers: HashNumbers;
  readonly #sentRows: SentRows;
  readonly #time = new Column(TIME_COLUMN, 'number');
  /** The hashes of the batch, one array for each form in the order of `forms`. */
  #hashes: readonly BigUint64Array[] = [];
  /** By second: the hashes of sent rows, and how many rows of each to skip. */
  readonly #skipped = new Map<number, readonly Map<bigint, number>[]>();
  #lastSecond = Number.NaN;
  #lastSkipped: readonly Map<bigint, number>[] = [];
  #isForeign = false;
  /** Hashes of the new rows that were added and not taken, by second. */
  #added = new Map<number, RowHashes>();
  #addedSecond = Number.NaN;
  #addedRows = new RowHashes(0);

  constructor(sentRows: SentRows, numbers: HashNumbers, window: Window) {
    this.#sentRows = sentRows;
    this.#numbers = numbers;
    this.forms = formsToRead(sentRows, numbers, window);
  }

  /**
   * Call it with each batch before `isNew` is called for its rows. @throws when the source left the
   * hashes out.
   */
  bind(batch: RecordBatch): void {
    this.#time.bind(batch);
    this.#hashes = this.forms.map((form) => {
      const values: unknown = batch.getChild(hashColumn(form))?.data[0]?.values;
      if (!(values instanceof BigUint64Array))
        throw new Error('the source returned rows without their hashes');
      return values;
    });
  }

  /** True for a row of the batch that was not sent before. Call it only once for each row. */
  isNew(row: number): boolean {
    const second = this.#time.numbers[row] ?? 0;
    if (second !== this.#lastSecond) this.#turnTo(second);
    if (this.#isForeign) return false;
    for (let form = 0; form < this.#lastSkipped.length; form++) {
      const hash = this.#hashes[form]?.[row] ?? 0n;
      const known = this.#lastSkipped[form]?.get(hash) ?? 0;
      if (known === 0) continue;
      this.#lastSkipped[form]?.set(hash, known - 1);
      return false;
    }
    return true;
  }

  /** Remembers a new row of the batch that was added to a batch of records. */
  added(row: number): void {
    const second = this.#time.numbers[row] ?? 0;
    if (second !== this.#addedSecond) {
      this.#addedSecond = second;
      this.#addedRows = this.#added.get(second) ?? new RowHashes(0);
      this.#added.set(second, this.#addedRows);
    }
    this.#addedRows.add(this.#hashes[0]?.[row] ?? 0n);
  }

  /** Returns the hashes of the rows that were added since the last call, by second. */
  takeAdded(): NewRows {
    const added = this.#added;
    this.#added = new Map();
    this.#addedSecond = Number.NaN;
    return added;
  }

  #turnTo(second: number): void {
    this.#lastSecond = second;
    const sent = this.#sentRows.sentOf(second);
    this.#isForeign = sent !== undefined && hasForeign(sent.hashes, this.#numbers);
    this.#lastSkipped = this.#isForeign ? [] : this.#skippedOf(second, sent?.hashes);
  }

  /**
   * The rows that were sent before this picker saw the second. Rows of the second that are committed
   * later are rows of this reading, so they skip nothing.
   */
  #skippedOf(
    second: number,
    sent: ReadonlyMap<number, RowHashes> | undefined,
  ): readonly Map<bigint, number>[] {
    let skipped = this.#skipped.get(second);
    if (skipped === undefined) {
      skipped = this.forms.map((form) => sent?.get(this.#numbers[form])?.counts() ?? new Map());
      this.#skipped.set(second, skipped);
    }
    return skipped;
  }
}

/** The form that is written now, and the forms in which rows of the window were sent. */
function formsToRead(sentRows: SentRows, numbers: HashNumbers, { from, to }: Window): HashForm[] {
  const sent = new Set<number>([numbers[HASH_FORM]]);
  for (let second = from; second < to; second++) {
    for (const number of sentRows.sentOf(second)?.hashes.keys() ?? []) sent.add(number);
  }
  return HASH_FORMS.filter((form) => sent.has(numbers[form]));
}

/**
 * True when rows were sent whose hashes cannot be compared, since the table had other columns then.
 */
export function hasForeign(sent: ReadonlyMap<number, RowHashes>, numbers: HashNumbers): boolean {
  const known = Object.values(numbers);
  return [...sent.keys()].some((number) => !known.includes(number));
}
