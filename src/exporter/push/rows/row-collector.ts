import { type Data, Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import type { RowValue } from '../../../deepflow/filters/predicate/row-value.ts';
import { type ColumnBuilder, columnBuilder } from './column-builder.ts';
import { isRow, type LineProblem, parseLine } from './parse-line.ts';
import type { PushTable } from './push-table.ts';
import { type Line, LineSplitter } from './split-lines.ts';

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
  readonly rejected: readonly RejectedLine[];
}

/** Converts the bytes of a body into columns while they arrive. */
export class RowCollector {
  readonly #table: PushTable;
  readonly #maxLineBytes: number;
  readonly #splitter: LineSplitter;
  readonly #builders: readonly ColumnBuilder[];
  readonly #lines: number[] = [];
  readonly #rejected: RejectedLine[] = [];
  #line = 0;
  #filtered = 0;

  constructor(table: PushTable, maxLineBytes: number) {
    this.#table = table;
    this.#maxLineBytes = maxLineBytes;
    this.#splitter = new LineSplitter(maxLineBytes);
    this.#builders = table.columns.map(({ storage }) => columnBuilder(storage));
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
    };
  }

  #add(line: Line): void {
    this.#line++;
    if (line === 'too long') {
      const reason = `must not be longer than ${this.#maxLineBytes} bytes (spec.source.http.maxLineBytes)`;
      this.#rejected.push({ line: this.#line, kind: 'tooLong', reason });
      return;
    }
    const text = line.toString();
    if (text.trim() === '') return;
    const parsed = parseLine(text, this.#table.columns);
    if (!isRow(parsed)) this.#rejected.push({ line: this.#line, ...parsed });
    else if (this.#table.passes(parsed)) this.#keep(parsed);
    else this.#filtered++;
  }

  #keep(row: readonly RowValue[]): void {
    this.#lines.push(this.#line);
    for (const [i, builder] of this.#builders.entries()) builder.append(row[i] ?? null);
  }
}
