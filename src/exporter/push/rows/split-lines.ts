/** A line's bytes, or how it was too long to be kept. */
export type Line = Buffer | 'too long';

const NEWLINE = 0x0a;

/** Cuts bytes that come in pieces into lines, of which none is held beyond a length. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in a piece. */
  *push(piece: Buffer): Generator<Line> {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      this.#keep(piece.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#keep(piece.subarray(start));
  }

  /** The last line, which needs no line break; undefined: nothing stands behind the last one. */
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
