import { nearestOf } from '../../../lib/nearest.ts';

/** A name in lines that no column of the table has. */
export interface UnknownColumn {
  readonly column: string;
  /** In how many lines it was. */
  readonly lines: number;
  readonly nearest: string;
}

/** The most names that are kept: one that is misspelt is misspelt in every line. */
const COLUMNS_MAX = 10;
/** The longest part of a name that is kept. */
const CHARACTERS_MAX = 64;

/** Counts names that no column has, so that a misspelt name is not ignored in silence. */
export class UnknownColumns {
  readonly #known: ReadonlySet<string>;
  readonly #lines = new Map<string, number>();

  /** @param known the columns of the table. */
  constructor(known: ReadonlySet<string>) {
    this.#known = known;
  }

  /** Looks at the names of a line. */
  look(line: Readonly<Record<string, unknown>>): void {
    for (const key in line) {
      if (!this.#known.has(key)) this.#count(key.slice(0, CHARACTERS_MAX));
    }
  }

  /** The first names that were found, in the order of their lines. */
  list(): readonly UnknownColumn[] {
    const known = [...this.#known];
    return [...this.#lines].map(([column, lines]) => ({
      column,
      lines,
      nearest: nearestOf(column, known),
    }));
  }

  #count(column: string): void {
    const before = this.#lines.get(column);
    if (before === undefined && this.#lines.size === COLUMNS_MAX) return;
    this.#lines.set(column, (before ?? 0) + 1);
  }
}
