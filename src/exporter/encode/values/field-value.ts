import type { Cells } from './cells.ts';
import type { Column } from '../columns/columns.ts';
import type { NameTables } from './name-tables.ts';

/** One key of a record, and the columns from which its value is read. */
export abstract class FieldValue {
  /**
   * `,"key":` as bytes. The comma is always right, since each record starts with its data source.
   */
  readonly key: Buffer;
  readonly columns: readonly Column[];

  constructor(key: string, columns: readonly Column[]) {
    this.key = Buffer.from(`,${JSON.stringify(key)}:`);
    this.columns = columns;
  }

  /** Called with the current names after the columns were bound to a new batch. */
  bind?(cells: Cells, tables: NameTables): void;

  /** Writes the values of the current rows into the cells of a slot. */
  abstract fill(cells: Cells, slot: number): void;
}

/** How a value without a name is written. */
export interface NamingOptions {
  /** True: the value is written as `""`. False: its key is left out. */
  readonly keepsEmpty: boolean;
  /** True: a code without a name is written as text. False: the code counts as empty. */
  readonly keepsUnknown: boolean;
}
