/** A pattern and how far it has been read. */
export interface PatternReader {
  readonly text: string;
  /** Index of the next UTF-16 unit. */
  at: number;
  /** Names of the groups so far. */
  readonly names: Set<string>;
}

/** Why a pattern is none, as the end of a sentence. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatternError';
  }
}
