import type { Cells } from './cells.ts';
import type { Column } from '../columns/columns.ts';
import type { NameTables } from './name-tables.ts';

/** One key of a record and the columns that its value is read from. */
export abstract class FieldValue {
  /** `,"key":` as bytes; a comma is always right, since each record starts with its data source. */
  readonly key: Buffer;
  readonly columns: readonly Column[];

  constructor(key: string, columns: readonly Column[]) {
    this.key = Buffer.from(`,${JSON.stringify(key)}:`);
    this.columns = columns;
  }

  /** Called after the columns were bound to a new batch, with the names as they are now. */
  bind?(cells: Cells, tables: NameTables): void;

  /** Writes the values of the rows at hand into the cells of a slot. */
  abstract fill(cells: Cells, slot: number): void;
}

/** How a value without a name is written. */
export interface NamingOptions {
  /** True: it is written as `""`. False: its key is left out. */
  readonly keepsEmpty: boolean;
  /** True: a code without a name is written as text. False: it counts as empty. */
  readonly keepsUnknown: boolean;
}
