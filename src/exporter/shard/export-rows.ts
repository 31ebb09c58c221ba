import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Memory } from '../../lib/buffer-pool.ts';
import type { BatchFormat, BatchLimits } from '../encode/batch-builder.ts';
import { Column } from '../encode/columns.ts';
import type { PreparedTable } from '../prepare-table.ts';
import { type RecordSource, ROW_HASH, TIME_COLUMN, type Window } from '../source/source.ts';
import type { Ledger, NewRows } from './ledger.ts';
import type { RecordProducer } from './record-producer.ts';
import { RowFiller } from './row-filler.ts';
import { RowHashes } from './row-hashes.ts';

/** What an export reads, writes and compares with. */
export interface ExportParts {
  readonly source: RecordSource;
  readonly table: PreparedTable;
  readonly producer: RecordProducer;
  readonly ledger: Ledger;
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
  const { table, ledger } = parts;
  const { dataSource, window, isFinal } = job;
  const columns = columnsNumber(table.hashed);
  const wasSent = ledger.hasSent(window.from, window.to);
  const { grown, unknown } = wasSent
    ? await compareCounts(parts, job, columns)
    : { grown: window, unknown: 0 };
  if (grown === undefined) return { records: 0, rows: new Map(), columns, unknown };
  const picker = isFinal && !wasSent ? undefined : new RowPicker(ledger, columns, grown);
  const request = {
    dataSource,
    columns: table.columns,
    hashed: picker === undefined ? undefined : table.hashed,
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

/** The part of a window in which there are more rows than were sent; undefined: none. A count costs little. */
async function compareCounts(
  { source, table, ledger, signal }: ExportParts,
  { dataSource, window }: ExportJob,
  columns: number,
): Promise<{ readonly grown: Window | undefined; readonly unknown: number }> {
  const counts = await source.counts({ dataSource, where: table.where, window }, signal);
  const seconds: number[] = [];
  let unknown = 0;
  for (const [second, count] of counts) {
    const sent = ledger.sentOf(second);
    const more = count - (sent?.hashes.size ?? 0);
    if (more <= 0) continue;
    if (sent !== undefined && sent.columns !== columns) unknown += more;
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
  readonly #skipped: ReadonlyMap<number, Map<bigint, number>>;
  readonly #ledger: Ledger;
  readonly #columns: number;
  readonly #time = new Column(TIME_COLUMN, 'number');
  #hashes: BigUint64Array = new BigUint64Array(0);
  #lastSecond = Number.NaN;
  #lastRows = new RowHashes(0);
  #lastSkipped: Map<bigint, number> | undefined = undefined;
  #isForeign = false;

  constructor(ledger: Ledger, columns: number, window: Window) {
    this.#ledger = ledger;
    this.#columns = columns;
    this.#skipped = sentIn(ledger, window, columns);
  }

  bind(batch: RecordBatch): void {
    this.#time.bind(batch);
    const values: unknown = batch.getChild(ROW_HASH)?.data[0]?.values;
    if (!(values instanceof BigUint64Array)) throw new Error('the source answers a hash with rows');
    this.#hashes = values;
  }

  isNew(row: number): boolean {
    const second = this.#time.numbers[row] ?? 0;
    if (second !== this.#lastSecond) this.#turnTo(second);
    if (this.#isForeign) return false;
    const hash = this.#hashes[row] ?? 0n;
    const known = this.#lastSkipped?.get(hash) ?? 0;
    if (known > 0) {
      this.#lastSkipped?.set(hash, known - 1);
      return false;
    }
    this.#lastRows.add(hash);
    return true;
  }

  #turnTo(second: number): void {
    this.#lastSecond = second;
    this.#lastSkipped = this.#skipped.get(second);
    const sent = this.#ledger.sentOf(second);
    this.#isForeign = sent !== undefined && sent.columns !== this.#columns;
    let rows = this.rows.get(second);
    if (rows === undefined && !this.#isForeign) {
      rows = new RowHashes();
      this.rows.set(second, rows);
    }
    this.#lastRows = rows ?? new RowHashes(0);
  }
}

function sentIn(
  ledger: Ledger,
  { from, to }: Window,
  columns: number,
): ReadonlyMap<number, Map<bigint, number>> {
  const sent = new Map<number, Map<bigint, number>>();
  for (let second = from; second < to; second++) {
    const known = ledger.sentOf(second);
    if (known?.columns === columns) sent.set(second, known.hashes.counts());
  }
  return sent;
}

/** A number for a list of columns (FNV-1a): hashes over other columns cannot be compared. */
function columnsNumber(columns: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(columns.join(','))) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
