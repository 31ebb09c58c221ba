import type { RecordBatch } from 'apache-arrow';
import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Problem } from '../contract/status-report.ts';
import type { HashedColumns, HashForm } from './row-hash.ts';

/** A half-open range of record times, in whole seconds since the Unix epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Where records come from. Every method fails with a `SourceError`. */
export interface RecordSource {
  /** Finds out whether the data source can be read, without reading it. */
  check(dataSource: DataSource, columns: readonly string[], where?: string): Promise<void>;
  /**
   * The types of the columns that the data source has, by name: older servers lack some. None when it does
   * not exist yet.
   */
  columns(dataSource: DataSource): Promise<ReadonlyMap<string, string>>;
  /** The time of the oldest stored record in seconds, or undefined when there is none. */
  earliest(dataSource: DataSource): Promise<number | undefined>;
  /**
   * The time of the oldest stored record at or after a second, in seconds, whether filters let it pass or not;
   * undefined when there is none.
   */
  nextRow(dataSource: DataSource, second: number, signal: AbortSignal): Promise<number | undefined>;
  /**
   * The rows of a window as batches of columns, in no order. The last batch comes only when all rows
   * have come: a stream that ends early is an error.
   */
  read(request: ReadRequest, signal: AbortSignal): AsyncIterable<RecordBatch>;
  /** How many rows each second of a window has; seconds without a row are absent. */
  counts(request: CountRequest, signal: AbortSignal): Promise<ReadonlyMap<number, number>>;
}

/** Which rows. */
interface CountRequest {
  readonly dataSource: DataSource;
  /** A condition on the rows in the source's own language; absent: all rows. */
  readonly where?: string | undefined;
  readonly window: Window;
}

/** What to read. */
export interface ReadRequest extends CountRequest {
  readonly columns: readonly string[];
  /** Hashes that tell rows apart: each form comes as the column `hashColumn(form)`. Absent: none. */
  readonly hash?: RowHash | undefined;
}

/** Of which columns a hash comes, and in which forms. */
export interface RowHash {
  readonly columns: HashedColumns;
  readonly forms: readonly HashForm[];
}

/** Column of a record's second, in every table. */
export const TIME_COLUMN = 'time';

/** Why a source cannot be read: in words for the user, with the original error as `cause`. */
export class SourceError extends Error {
  readonly problem: Omit<Problem, 'since'>;

  constructor(problem: Omit<Problem, 'since'>, cause: unknown) {
    super(problem.message, { cause });
    this.name = 'SourceError';
    this.problem = problem;
  }
}
