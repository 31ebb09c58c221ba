import { type Data, Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import { bytesOfRow, type ColumnBuilder, columnBuilder } from './column-builder.ts';
import { isRow, type LineProblem, parseLine } from './parse-line.ts';
import type { PushTable } from './push-table.ts';
import { type Line, LineSplitter } from './split-lines.ts';
import { type UnknownColumn, UnknownColumns } from './unknown-columns.ts';

/** A line that did not become a record. */
export interface RejectedLine extends LineProblem {
  /** The line number, counted from 1. Empty lines count as well. */
  readonly line: number;
}

/** The content of a body. */
export interface CollectedRows {
  /** The rows that passed the filters, in the order of their lines. */
  readonly batch: RecordBatch;
  /** The line number of each row. */
  readonly lines: readonly number[];
  readonly filtered: number;
  /** The first rejected lines. */
  readonly rejected: readonly RejectedLine[];
  /** How many lines were rejected, by kind. */
  readonly rejectedKinds: ReadonlyMap<LineProblem['kind'], number>;
  /** The first names in lines that the table does not have. */
  readonly unknownColumns: readonly UnknownColumn[];
}

/** The most rejected lines that are kept. The others are only counted. */
export const REJECTED_MAX = 100;
/** The memory of a line number. */
const LINE_BYTES = 8;

/** Converts the bytes of a body into columns while they arrive. */
export class RowCollector {
  readonly #table: PushTable;
  readonly #maxLineBytes: number;
  readonly #splitter: LineSplitter;
  readonly #builders: readonly ColumnBuilder[];
  readonly #rowBytes: number;
  readonly #lines: number[] = [];
  readonly #rejected: RejectedLine[] = [];
  readonly #rejectedKinds = new Map<LineProblem['kind'], number>();
  readonly #unknown: UnknownColumns;
  readonly #look: UnknownColumns['look'];
  #line = 0;
  #filtered = 0;

  constructor(table: PushTable, maxLineBytes: number) {
    this.#table = table;
    this.#maxLineBytes = maxLineBytes;
    this.#unknown = new UnknownColumns(table.known);
    this.#look = (line) => {
      this.#unknown.look(line);
    };
    this.#splitter = new LineSplitter(maxLineBytes);
    this.#builders = table.columns.map(({ storage }) => columnBuilder(storage));
    this.#rowBytes =
      LINE_BYTES + table.columns.reduce((sum, { storage }) => sum + bytesOfRow(storage), 0);
  }

  /**
   * Roughly the memory that the rows need in addition to the bytes of the body: each column has room
   * for each row, also if its line has no value for it.
   */
  get rowBytes(): number {
    return this.#lines.length * this.#rowBytes;
  }

  /** Adds the next bytes. */
  push(piece: Buffer): void {
    for (const line of this.#splitter.push(piece)) this.#add(line);
  }

  /** Returns the content of the body. The collector must not be used afterwards. */
  finish(): CollectedRows {
    const last = this.#splitter.end();
    if (last !== undefined) this.#add(last);
    const columns: Data[] = [];
    const fields = this.#builders.map((builder, i) => {
      const column = builder.finish();
      columns.push(column);
      return new Field(this.#table.columns[i]?.name ?? '', column.type, true);
    });
    const data = makeData({
      type: new Struct(fields),
      length: this.#lines.length,
      nullCount: 0,
      children: columns,
    });
    return {
      batch: new RecordBatch(new Schema(fields), data),
      lines: this.#lines,
      filtered: this.#filtered,
      rejected: this.#rejected,
      rejectedKinds: this.#rejectedKinds,
      unknownColumns: this.#unknown.list(),
    };
  }

  #add(line: Line): void {
    this.#line++;
    if (line === 'too long') {
      const reason = `must not be longer than ${this.#maxLineBytes} bytes (spec.source.http.maxLineBytes)`;
      this.#reject({ kind: 'tooLong', reason });
      return;
    }
    const text = line.toString();
    if (text.trim() === '') return;
    const parsed = parseLine(text, this.#table.columns, this.#look);
    if (!isRow(parsed)) this.#reject(parsed);
    else if (this.#table.passes(parsed)) this.#keep(parsed);
    else this.#filtered++;
  }

  #reject(problem: LineProblem): void {
    const { kind } = problem;
    this.#rejectedKinds.set(kind, (this.#rejectedKinds.get(kind) ?? 0) + 1);
    if (this.#rejected.length < REJECTED_MAX) {
      this.#rejected.push({ line: this.#line, ...problem });
    }
  }

  #keep(row: readonly RowValue[]): void {
    this.#lines.push(this.#line);
    for (const [i, builder] of this.#builders.entries()) builder.append(row[i] ?? null);
  }
}
