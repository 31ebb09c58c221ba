import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import type { BatchFormat, BatchLimits } from '../../encode/batch-builder.ts';
import type { PreparedTable } from '../../records/prepare-table.ts';
import { HASH_FORM } from '../../source/row-hash.ts';
import { type RecordSource, type Window } from '../../source/source.ts';
import type { SentRows, NewRows } from '../../progress/sent-rows.ts';
import type { RecordProducer } from '../../producer/record-producer.ts';
import { RowFiller } from '../../producer/row-filler.ts';
import { hasForeign, type HashNumbers, hashNumbers, NewRowPicker } from './new-row-picker.ts';

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
  /** True: no row can come later, so it is not necessary to remember which rows were sent. */
  readonly isFinal: boolean;
}

/** What was sent and is not committed yet. */
export interface Exported {
  readonly records: number;
  /** By second; empty when the window is final. */
  readonly rows: NewRows;
  /** The number of the columns that were hashed (`hashNumbers`). */
  readonly columns: number;
  /**
   * Rows that cannot be distinguished from sent rows, since the table's columns have changed
   * meanwhile.
   */
  readonly unknown: number;
}

/**
 * Sends the rows of a window that were not sent before: all rows the first time, late rows when the
 * window is read again, and the missing rows after a crash. Rows are compared as a multiset of the
 * hashes of their contents, since neither the order of rows nor their number in `_id` shows which
 * rows are new, and equal rows can be valid.
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
  const picker = isFinal && !wasSent ? undefined : new NewRowPicker(sentRows, numbers, grown);
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

/**
 * The part of a window that has more rows than were sent. Undefined: there is no such part. A count
 * costs little.
 */
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
