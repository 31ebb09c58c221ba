/** The bytes of a line, or `too long` when the line exceeded the limit. */
export type Line = Buffer | 'too long';

const NEWLINE = 0x0a;

/** Splits a stream of bytes into lines. It never holds more of a line than the limit. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns the lines that end in this piece. */
  *push(piece: Buffer): Generator<Line> {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      this.#keep(piece.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
  }

  /**
   * The last line, which needs no line break. Undefined: there are no bytes after the last line
   * break.
   */
  end(): Line | undefined {
    return this.#bytes === 0 ? undefined : this.#take();
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #take(): Line {
    const [first, ...others] = this.#parts;
    const line =
      this.#bytes > this.#maxBytes
        ? 'too long'
        : first === undefined || others.length > 0
          ? Buffer.concat(this.#parts)
          : first;
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
