import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Memory } from '../../lib/buffer-pool.ts';
import type { BatchFormat, BatchLimits } from '../encode/batch-builder.ts';
import { Column } from '../encode/columns/columns.ts';
import type { PreparedTable } from '../records/prepare-table.ts';
import {
  HASH_FORM,
  HASH_FORMS,
  hashColumn,
  type HashedColumns,
  type HashForm,
  hashNumber,
} from '../source/row-hash.ts';
import { type RecordSource, TIME_COLUMN, type Window } from '../source/source.ts';
import type { SentRows, NewRows } from '../progress/sent-rows.ts';
import type { RecordProducer } from '../producer/record-producer.ts';
import { RowFiller } from '../producer/row-filler.ts';
import { RowHashes } from '../progress/row-hashes.ts';

/** What an export reads, writes and compares with. */
export interface ExportParts {
  readonly source: RecordSource;
  readonly table: PreparedTable;
  readonly producer: RecordProducer;
  readonly sentRows: SentRows;
  readonly limits: BatchLimits;
  readonly format: BatchFormat;
  readonly memory: Memory;
  readonly signal: AbortSignal;
}

/** Seconds of a data source to export. */
export interface ExportJob {
  readonly dataSource: DataSource;
  readonly window: Window;
  /** True: no row can come later, so nobody has to know which ones were sent. */
  readonly isFinal: boolean;
}

/** What was sent and is not committed yet. */
export interface Exported {
  readonly records: number;
  /** By second; empty when the window is final. */
  readonly rows: NewRows;
  /** Number of the columns whose hashes these are. */
  readonly columns: number;
  /** Rows that cannot be told from those that were sent, since the table's columns have changed meanwhile. */
  readonly unknown: number;
}

/**
 * Sends the rows of a window that were not sent before: all of them the first time, those that came since when it is
 * looked at again, and after a crash whatever is missing. Rows are compared as a multiset of their contents' hashes,
 * since neither their order nor their number in `_id` says what is new, and equal rows may be right.
 */
export async function exportRows(parts: ExportParts, job: ExportJob): Promise<Exported> {
  const { table, sentRows } = parts;
  const { dataSource, window, isFinal } = job;
  const numbers = hashNumbers(table.hashed);
  const columns = numbers[HASH_FORM];
  const wasSent = sentRows.hasSent(window.from, window.to);
  const { grown, unknown } = wasSent
    ? await compareCounts(parts, job, numbers)
    : { grown: window, unknown: 0 };
  if (grown === undefined) return { records: 0, rows: new Map(), columns, unknown };
  const picker = isFinal && !wasSent ? undefined : new RowPicker(sentRows, numbers, grown);
  const request = {
    dataSource,
    columns: table.columns,
    hash: picker === undefined ? undefined : { columns: table.hashed, forms: picker.forms },
    where: table.where,
    window: grown,
  };
  return table.withEncoder(async (encoder) => {
    const filler = new RowFiller(parts, dataSource, encoder);
    for await (const batch of parts.source.read(request, parts.signal)) {
      picker?.bind(batch);
      await filler.addBatch(batch, picker);
    }
    await filler.flush();
    return { records: filler.records, rows: picker?.rows ?? new Map(), columns, unknown };
  });
}

/** For each form of the hash, the number under which the rows that were sent in it stand. */
type HashNumbers = Readonly<Record<HashForm, number>>;

function hashNumbers(columns: HashedColumns): HashNumbers {
  return { values: hashNumber('values', columns), tuple: hashNumber('tuple', columns) };
}

/** The part of a window in which there are more rows than were sent; undefined: none. A count costs little. */
async function compareCounts(
  { source, table, sentRows, signal }: ExportParts,
  { dataSource, window }: ExportJob,
  numbers: HashNumbers,
): Promise<{ readonly grown: Window | undefined; readonly unknown: number }> {
  const counts = await source.counts({ dataSource, where: table.where, window }, signal);
  const seconds: number[] = [];
  let unknown = 0;
  for (const [second, count] of counts) {
    const sent = sentRows.sentOf(second);
    const more = count - (sent?.rows ?? 0);
    if (more <= 0) continue;
    if (sent !== undefined && hasForeign(sent.hashes, numbers)) unknown += more;
    else seconds.push(second);
  }
  const grown =
    seconds.length === 0 ? undefined : { from: Math.min(...seconds), to: Math.max(...seconds) + 1 };
  return { grown, unknown };
}

/** Tells new rows from those that were sent, and remembers their hashes. */
class RowPicker {
  /** Hashes of the new rows, by second. */
  readonly rows = new Map<number, RowHashes>();
  /** The forms of the hash that have to be read: the one that is written, and those in which rows were sent. */
  readonly forms: readonly HashForm[];
  readonly #numbers: HashNumbers;
  readonly #sentRows: SentRows;
  readonly #time = new Column(TIME_COLUMN, 'number');
  /** For each form, as it stands in `forms`: the hashes of a batch, and of rows of a second that are to be skipped. */
  #hashes: readonly BigUint64Array[] = [];
  readonly #skipped = new Map<number, readonly Map<bigint, number>[]>();
  #lastSecond = Number.NaN;
  #lastRows = new RowHashes(0);
  #lastSkipped: readonly Map<bigint, number>[] = [];
  #isForeign = false;

  constructor(sentRows: SentRows, numbers: HashNumbers, window: Window) {
    this.#sentRows = sentRows;
    this.#numbers = numbers;
    this.forms = formsToRead(sentRows, numbers, window);
  }

  bind(batch: RecordBatch): void {
    this.#time.bind(batch);
    this.#hashes = this.forms.map((form) => {
      const values: unknown = batch.getChild(hashColumn(form))?.data[0]?.values;
      if (!(values instanceof BigUint64Array))
        throw new Error('the source answers a hash with rows');
      return values;
    });
  }

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
    this.#lastRows.add(this.#hashes[0]?.[row] ?? 0n);
    return true;
  }

  #turnTo(second: number): void {
    this.#lastSecond = second;
    const sent = this.#sentRows.sentOf(second);
    this.#isForeign = sent !== undefined && hasForeign(sent.hashes, this.#numbers);
    this.#lastSkipped = [];
    this.#lastRows = new RowHashes(0);
    if (this.#isForeign) return;
    if (sent !== undefined) this.#lastSkipped = this.#skippedOf(second, sent.hashes);
    this.#lastRows = this.rows.get(second) ?? this.#lastRows;
    this.rows.set(second, this.#lastRows);
  }

  #skippedOf(second: number, sent: ReadonlyMap<number, RowHashes>): readonly Map<bigint, number>[] {
    let skipped = this.#skipped.get(second);
    if (skipped === undefined) {
      skipped = this.forms.map((form) => sent.get(this.#numbers[form])?.counts() ?? new Map());
      this.#skipped.set(second, skipped);
    }
    return skipped;
  }
}

/** The form that is written, and those in which rows of the window were sent. */
function formsToRead(sentRows: SentRows, numbers: HashNumbers, { from, to }: Window): HashForm[] {
  const sent = new Set<number>([numbers[HASH_FORM]]);
  for (let second = from; second < to; second++) {
    for (const number of sentRows.sentOf(second)?.hashes.keys() ?? []) sent.add(number);
  }
  return HASH_FORMS.filter((form) => sent.has(numbers[form]));
}

/** True when rows were sent whose hashes cannot be compared, since the table's columns were others. */
function hasForeign(sent: ReadonlyMap<number, RowHashes>, numbers: HashNumbers): boolean {
  const known = Object.values(numbers);
  return [...sent.keys()].some((number) => !known.includes(number));
}
