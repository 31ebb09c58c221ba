/** A column whose Arrow type is not one that its field can be written from. */
export class ColumnTypeError extends Error {
  constructor(column: string, found: string, expected: string) {
    super(`column ${column} has the Arrow type ${found}, but must be ${expected}`);
    this.name = 'ColumnTypeError';
  }
}
