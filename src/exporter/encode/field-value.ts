import type { ByteWriter } from './byte-writer.ts';
import type { Column } from './columns.ts';
import { type Snippet, snippet } from './name-tables.ts';

/** Most bytes that a value writes without making room for them. */
export const VALUE_BYTES_MAX = 48;

/** One key of a record and the columns that its value is read from. */
abstract class RecordValue {
  /** `,"key":` as bytes; a comma is always right, since each record starts with its data source. */
  readonly key: Buffer;
  readonly columns: readonly Column[];

  constructor(key: string, columns: readonly Column[]) {
    this.key = Buffer.from(`,${JSON.stringify(key)}:`);
    this.columns = columns;
  }

  /** Called after the columns were bound to a new batch. */
  bind(): void {
    // Most values read their columns in place.
  }
}

/** A value that is written anew for each row. */
export abstract class WrittenValue extends RecordValue {
  /** True when the record leaves the key out. */
  abstract isAbsent(row: number): boolean;
  /** True when the value is that of another row of the batch. */
  abstract isSame(row: number, other: number): boolean;
  /** Writes the value; at most `VALUE_BYTES_MAX` bytes, or making room itself. */
  abstract write(writer: ByteWriter, row: number): void;
}

/** How a value without a name is written. */
export interface NamingOptions {
  /** True: it is written as `""`. False: its key is left out. */
  readonly keepsEmpty: boolean;
  /** True: a code without a name is written as text. False: it counts as empty. */
  readonly keepsUnknown: boolean;
}

const EMPTY = snippet('');

/** A value that is one of few, ready-made ones: the name of a code or of a resource. */
export abstract class SnippetValue extends RecordValue {
  /** What stands for an empty name: `""`, or undefined, which leaves the key out. */
  protected readonly empty: Snippet | undefined;

  constructor(key: string, columns: readonly Column[], keepsEmpty: boolean) {
    super(key, columns);
    this.empty = keepsEmpty ? EMPTY : undefined;
  }

  /** The row's snippet; undefined: the record leaves the key out. */
  abstract lookUp(row: number): Snippet | undefined;
}

/** A value of a record. */
export type FieldValue = WrittenValue | SnippetValue;
