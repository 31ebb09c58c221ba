import type { DataSource } from '../../deepflow/data-sources.ts';
import type { Window } from '../source/source.ts';
import { BLOCK_SECONDS, blockOf, type Layout, ownSecond, type Share } from './time-layout.ts';
import { SearchTurns } from './search-turns.ts';
import { TooLateRows } from './too-late-rows.ts';

/** When rows are read. */
export interface Timing {
  /** A second is read for the first time this long after it ends. */
  readonly settleSeconds: number;
  /** How long after that late rows can come. */
  readonly latenessSeconds: number;
  /** New seconds are read together when this many have settled, or when their block has ended. */
  readonly gatherSeconds: number;
}

/** What to do next for a data source. */
export interface Step {
  readonly window: Window;
  /**
   * `first`: the window was not read since the shard was taken over. `again`: late rows may have
   * come since.
   */
  readonly kind: 'first' | 'again';
  /** True: no row can come later. */
  readonly isFinal: boolean;
}

/**
 * The fractions of the lateness after which a block is read again. They are close together at
 * first, since most late rows are not very late.
 */
const LOOKS = [1 / 12, 1 / 6, 1 / 3, 1 / 2, 3 / 4, 1];

interface OpenBlock {
  readonly from: number;
  readonly to: number;
  looks: number;
}

/**
 * How far a shard has read a data source: which seconds of its share it has read since it was taken
 * over, and which of them it has to read again. The shard's `SentRows` hold which rows were sent,
 * and which seconds are final.
 */
export class ReadingSchedule {
  readonly tooLate: TooLateRows;
  readonly searches = new SearchTurns();
  #share: Share;
  readonly #timing: Timing;
  /** Everything of the shard's share before this second was read. */
  #at: number;
  readonly #open: OpenBlock[] = [];

  constructor(
    share: Share,
    timing: Timing,
    from: {
      readonly start: number;
      readonly sentRows: { readonly done: number | undefined };
    },
  ) {
    this.#share = share;
    this.#timing = timing;
    this.tooLate = new TooLateRows(timing.latenessSeconds);
    this.#at = from.sentRows.done ?? from.start;
  }

  get dataSource(): DataSource {
    return this.#share.dataSource;
  }

  /** The second up to which all settled rows are exported. */
  get next(): number {
    return ownSecond(this.#share, this.#at);
  }

  /** Uses a new time layout from now on. Up to a future second it equals the old one. */
  share(layout: Layout): void {
    this.#share = { ...this.#share, layout };
  }

  /**
   * The step that is due now. Undefined: none. Seconds from `barrier` on are not read for the first
   * time.
   */
  due(nowSeconds: number, barrier = Infinity): Step | undefined {
    return this.#dueAgain(nowSeconds) ?? this.#dueFirst(nowSeconds, barrier);
  }

  #dueFirst(nowSeconds: number, barrier: number): Step | undefined {
    const { settleSeconds, latenessSeconds, gatherSeconds } = this.#timing;
    const settled = Math.floor(nowSeconds) - settleSeconds;
    const { next } = this;
    const end = Math.min(blockOf(next) + BLOCK_SECONDS, barrier);
    const to = Math.min(end, settled);
    // This form is also right when there is no next second (`Infinity`).
    if (!(to > next)) return undefined;
    if (to < end && to - next < gatherSeconds) return undefined;
    const isFinal = to === end && end + latenessSeconds <= settled && this.#open.length === 0;
    return { window: { from: next, to }, kind: 'first', isFinal };
  }

  #dueAgain(nowSeconds: number): Step | undefined {
    const { settleSeconds, latenessSeconds } = this.#timing;
    for (const block of this.#open) {
      const age = nowSeconds - settleSeconds - block.to;
      const look = LOOKS[block.looks] ?? 1;
      if (age < look * latenessSeconds) continue;
      const isLast = age >= latenessSeconds;
      // Blocks become final in order, so only the first open block can be next.
      if (isLast && block !== this.#open[0]) continue;
      return { window: { from: block.from, to: block.to }, kind: 'again', isFinal: isLast };
    }
    return undefined;
  }

  /**
   * If there are no rows after a step, time may be skipped up to this second, since all seconds
   * before it are final. Undefined: there is nothing to skip.
   */
  skipLimit(step: Step, nowSeconds: number, barrier = Infinity): number | undefined {
    // After other steps, the time is read next, or has to be read again.
    if (step.kind !== 'first' || !step.isFinal) return undefined;
    const { settleSeconds, latenessSeconds } = this.#timing;
    const final = Math.floor(nowSeconds) - settleSeconds - latenessSeconds;
    const limit = Math.min(final, barrier);
    return this.spansBlock(step.window.to, limit) ? limit : undefined;
  }

  /** True when a block of the shard's share begins and ends between two seconds. */
  spansBlock(from: number, to: number): boolean {
    return blockOf(ownSecond(this.#share, from)) + BLOCK_SECONDS <= to;
  }

  /**
   * Records that a step is done and that its rows are committed. After a final step, all seconds
   * before `done` are final.
   */
  finish(step: Step, nowSeconds: number, done = step.window.to): void {
    const { from, to } = step.window;
    if (step.kind === 'first') {
      this.#at = step.isFinal ? done : to;
      if (!step.isFinal) this.#addOpen(from, to);
      return;
    }
    const at = this.#open.findIndex((block) => block.from === from);
    const block = this.#open[at];
    if (block === undefined) return;
    if (step.isFinal) this.#open.splice(at, 1);
    else {
      const age = nowSeconds - this.#timing.settleSeconds - block.to;
      const passed = LOOKS.filter((look) => look * this.#timing.latenessSeconds <= age).length;
      block.looks = Math.min(Math.max(block.looks + 1, passed), LOOKS.length - 1);
    }
  }

  /**
   * A block is read again as a whole once it has ended. Before that, only its settled part is read
   * again.
   */
  #addOpen(from: number, to: number): void {
    const last = this.#open.at(-1);
    if (last !== undefined && last.to === from && blockOf(last.from) === blockOf(from)) {
      this.#open[this.#open.length - 1] = { from: last.from, to, looks: 0 };
    } else this.#open.push({ from, to, looks: 0 });
  }
}
