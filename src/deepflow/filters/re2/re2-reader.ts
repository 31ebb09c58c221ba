/** A pattern and how far it has been read. */
export interface PatternReader {
  readonly text: string;
  /** The index of the next UTF-16 code unit. */
  at: number;
  /** The names of the groups so far. */
  readonly names: Set<string>;
}

/** Why a pattern is invalid, as the end of a sentence. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatternError';
  }
}
