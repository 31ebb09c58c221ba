/** The field of a column cannot be written from the column's Arrow type. */
export class ColumnTypeError extends Error {
  constructor(column: string, found: string, expected: string) {
    super(`column ${column} has the Arrow type ${found}, but must be ${expected}`);
    this.name = 'ColumnTypeError';
  }
}
