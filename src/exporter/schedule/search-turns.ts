/** So many windows without a row are passed by at most before the next stored row is looked for again. */
const PASSED_MAX = 63;

/**
 * Says behind which windows without a row the next stored row is looked for: behind each while that skips time, and behind
 * fewer and fewer while it does not. Otherwise a filter that lets few rows pass would double the queries.
 */
export class SearchTurns {
  #pause = 0;
  #left = 0;

  /** True: it is to be looked for behind the window that was read now. */
  take(): boolean {
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** It was looked for, and that skipped time or not. */
  searched(hasSkipped: boolean): void {
    this.#pause = hasSkipped ? 0 : Math.min(this.#pause * 2 + 1, PASSED_MAX);
    this.#left = this.#pause;
  }
}
