/** The most empty windows between two searches for the next stored row. */
const PASSED_MAX = 63;

/**
 * Decides after which empty windows to search for the next stored row: after each one while the
 * searches skip time, and less and less often while they do not. Otherwise a filter that few rows
 * pass would double the number of queries.
 */
export class SearchTurns {
  #pause = 0;
  #left = 0;

  /** True: search for the next stored row after the window that was just read. */
  take(): boolean {
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** Records a search, and whether it skipped time. */
  searched(hasSkipped: boolean): void {
    this.#pause = hasSkipped ? 0 : Math.min(this.#pause * 2 + 1, PASSED_MAX);
    this.#left = this.#pause;
  }
}
