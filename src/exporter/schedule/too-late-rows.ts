import type { Window } from '../source/source.ts';

/** Seconds that are final, and how many rows they had when they became final. */
interface FinalWindow {
  readonly window: Window;
  readonly rows: number;
}

/**
 * The shortest time after which a final window is counted once more. Usually this is the lateness.
 */
const COUNT_AFTER_SECONDS_MIN = 60;

/**
 * Remembers how many rows final seconds had, so that rows that come too late, which are never
 * exported, can be counted once. The memory is lost with the process: the count is only for
 * monitoring.
 */
export class TooLateRows {
  readonly #countAfterSeconds: number;
  readonly #waiting: (FinalWindow & { readonly atSeconds: number })[] = [];

  constructor(latenessSeconds: number) {
    this.#countAfterSeconds = Math.max(COUNT_AFTER_SECONDS_MIN, latenessSeconds);
  }

  /** Adds a final window with its number of rows. */
  add(window: Window, rows: number, nowSeconds: number): void {
    this.#waiting.push({ window, rows, atSeconds: nowSeconds + this.#countAfterSeconds });
  }

  /** Takes the window that is due to be counted. Undefined: none. */
  takeDue(nowSeconds: number): FinalWindow | undefined {
    const [first] = this.#waiting;
    return first !== undefined && first.atSeconds <= nowSeconds ? this.#waiting.shift() : undefined;
  }
}
