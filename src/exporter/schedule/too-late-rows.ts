import type { Window } from '../source/source.ts';

/** Seconds that are final, and how many rows they had then. */
interface FinalWindow {
  readonly window: Window;
  readonly rows: number;
}

/** A window is counted once more when as much time has passed again, but not before. */
const COUNT_AFTER_SECONDS_MIN = 60;

/**
 * Remembers how many rows final seconds had, so that those that come later still, which nobody exports, can be counted
 * once. It forgets them with the process: a number to watch, no promise.
 */
export class TooLateRows {
  readonly #countAfterSeconds: number;
  readonly #waiting: (FinalWindow & { readonly atSeconds: number })[] = [];

  constructor(latenessSeconds: number) {
    this.#countAfterSeconds = Math.max(COUNT_AFTER_SECONDS_MIN, latenessSeconds);
  }

  /** A window is final, with so many rows. */
  add(window: Window, rows: number, nowSeconds: number): void {
    this.#waiting.push({ window, rows, atSeconds: nowSeconds + this.#countAfterSeconds });
  }

  /** Takes the window whose turn it is to be counted; undefined: none. */
  takeDue(nowSeconds: number): FinalWindow | undefined {
    const [first] = this.#waiting;
    return first !== undefined && first.atSeconds <= nowSeconds ? this.#waiting.shift() : undefined;
  }
}
