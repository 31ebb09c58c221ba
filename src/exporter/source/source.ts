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
  /** Checks whether the data source can be read, without reading it. */
  check(dataSource: DataSource, columns: readonly string[], where?: string): Promise<void>;
  /**
   * The types of the columns that the data source has, by name. Older servers lack some columns.
   * Empty when the data source does not exist yet.
   */
  columns(dataSource: DataSource): Promise<ReadonlyMap<string, string>>;
  /** The time of the oldest stored record in seconds. Undefined when there is no record. */
  earliest(dataSource: DataSource): Promise<number | undefined>;
  /**
   * The time of the oldest stored record at or after a second, in seconds, whether it passes the
   * filters or not. Undefined when there is no such record.
   */
  nextRow(dataSource: DataSource, second: number, signal: AbortSignal): Promise<number | undefined>;
  /**
   * The rows of a window as batches of columns, in no order. A stream that ends early is an error,
   * so the iterable completes only when all rows have been returned.
   */
  read(request: ReadRequest, signal: AbortSignal): AsyncIterable<RecordBatch>;
  /** How many rows each second of a window has. Seconds without rows are absent. */
  counts(request: CountRequest, signal: AbortSignal): Promise<ReadonlyMap<number, number>>;
}

/** Which rows. */
interface CountRequest {
  readonly dataSource: DataSource;
  /** A condition on the rows in the language of the source. Absent: all rows. */
  readonly where?: string | undefined;
  readonly window: Window;
}

/** What to read. */
export interface ReadRequest extends CountRequest {
  readonly columns: readonly string[];
  /**
   * The hashes that identify rows. Each form is returned as the column `hashColumn(form)`. Absent:
   * no hashes.
   */
  readonly hash?: RowHash | undefined;
}

/** Which columns to hash, and in which forms. */
export interface RowHash {
  readonly columns: HashedColumns;
  readonly forms: readonly HashForm[];
}

/** The column with a record's second, in every table. */
export const TIME_COLUMN = 'time';

/** Why a source cannot be read: a message for the user, with the original error as `cause`. */
export class SourceError extends Error {
  readonly problem: Omit<Problem, 'since'>;

  constructor(problem: Omit<Problem, 'since'>, cause: unknown) {
    super(problem.message, { cause });
    this.name = 'SourceError';
    this.problem = problem;
  }
}
