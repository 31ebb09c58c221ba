import type { DataSource } from '../../../deepflow/data-sources.ts';
import type { Memory } from '../../../lib/buffer-pool.ts';
import type { BatchFormat, BatchLimits } from '../../encode/batch-builder.ts';
import type { PreparedTable } from '../../records/prepare-table.ts';
import { HASH_FORM } from '../../source/row-hash.ts';
import { type RecordSource, type Window } from '../../source/source.ts';
import type { NewRows, SentRows } from '../../progress/sent-rows.ts';
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
  /**
   * True: no row can come later, and the rows fit into one transaction. So it is not necessary to
   * remember which rows were sent.
   */
  readonly isWhole: boolean;
  /**
   * Commits a part of the window, when the transaction is full. Resolves true when the export may
   * go on.
   */
  readonly commitPart: (part: SentPart) => Promise<boolean>;
}

/** Rows that were sent and are not committed yet. */
export interface SentPart {
  readonly records: number;
  /** By second; empty when the window was exported as a whole. */
  readonly rows: NewRows;
  /** The number of the columns that were hashed (`hashNumbers`). */
  readonly columns: number;
}

/** What was exported. */
export interface Exported extends SentPart {
  /** Records that were committed in parts. */
  readonly committed: number;
  /** The bytes of all batches, as encoded. */
  readonly bytes: number;
  /** False: the export ended after a part. The window must be exported again. */
  readonly isComplete: boolean;
  /**
   * Rows that cannot be distinguished from sent rows, since the table's columns have changed
   * meanwhile.
   */
  readonly unknown: number;
}

const NOTHING = { records: 0, rows: new Map(), committed: 0, bytes: 0, isComplete: true } as const;

/**
 * Sends the rows of a window that were not sent before: all rows the first time, late rows when the
 * window is read again, and the missing rows after a crash. Rows are compared as a multiset of the
 * hashes of their contents, since neither the order of rows nor their number in `_id` shows which
 * rows are new, and equal rows can be valid.
 */
export async function exportRows(parts: ExportParts, job: ExportJob): Promise<Exported> {
  const { producer, table, sentRows } = parts;
  const { dataSource, window, isWhole } = job;
  const numbers = hashNumbers(table.hashed);
  const columns = numbers[HASH_FORM];
  const wasSent = sentRows.hasSent(window.from, window.to);
  const { grown, unknown } = wasSent
    ? await compareCounts(parts, job, numbers)
    : { grown: window, unknown: 0 };
  if (grown === undefined) return { ...NOTHING, columns, unknown };
  const picker = isWhole && !wasSent ? undefined : new NewRowPicker(sentRows, numbers, grown);
  const request = {
    dataSource,
    columns: table.columns,
    hash: picker === undefined ? undefined : { columns: table.hashed, forms: picker.forms },
    where: table.where,
    window: grown,
  };
  return table.withEncoder(async (encoder) => {
    let committed = 0;
    const commitIfFull = async (): Promise<void> => {
      // Without the hashes, a part of the window cannot be distinguished from the rest.
      if (picker === undefined || !producer.isFull()) return;
      const records = filler.records - committed;
      const mayGoOn = await job.commitPart({ records, rows: picker.takeAdded(), columns });
      committed = filler.records;
      if (!mayGoOn) filler.stop();
    };
    const filler = new RowFiller({ ...parts, onSent: commitIfFull }, dataSource, encoder);
    for await (const batch of parts.source.read(request, parts.signal)) {
      picker?.bind(batch);
      await filler.addBatch(batch, picker);
      // Rows may come so slowly that a batch is never full.
      if (producer.isFull() && picker !== undefined) {
        await filler.flush();
        await commitIfFull();
      }
      if (filler.hasStopped()) break;
    }
    const isComplete = !filler.hasStopped();
    if (isComplete) await filler.flush();
    const records = filler.records - committed;
    const rows = picker?.takeAdded() ?? new Map();
    return { records, rows, columns, committed, bytes: filler.bytes, isComplete, unknown };
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
