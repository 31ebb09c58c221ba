import type { Clock } from '../../lib/clock.ts';
import type { Screen } from '../status/show-status.ts';
import type { CompareProgress } from './compare-sides.ts';

const BAR_WIDTH = 30;
const REDRAW_MS = 100;
/** In a log, lines are rarer than on a terminal. */
const LINE_MS = 5_000;
const CLEAR_LINE = '\r\u001b[K';

/** Shows how far the work is. */
export interface ShownProgress {
  readonly show: (progress: CompareProgress) => void;
  /** Removes the bar, so that the report begins on an empty line. */
  end(): void;
}

/** On a terminal a bar that is drawn again and again, elsewhere a line every few seconds. */
export function createProgress(clock: Clock, stderr: Screen): ShownProgress {
  const isTerminal = stderr.isTTY === true;
  const waitMs = isTerminal ? REDRAW_MS : LINE_MS;
  let shownMs = isTerminal ? -Infinity : clock.monotonicMs();
  let isDrawn = false;
  return {
    show: ({ pass, passes, share }) => {
      const nowMs = clock.monotonicMs();
      if (nowMs - shownMs < waitMs) return;
      shownMs = nowMs;
      const percent = Math.floor(share * 100);
      const text = `${percent}% of pass ${pass} of ${passes}`;
      if (!isTerminal) {
        stderr.write(`compared ${text}\n`);
        return;
      }
      const filled = Math.floor(share * BAR_WIDTH);
      stderr.write(`${CLEAR_LINE}[${'#'.repeat(filled).padEnd(BAR_WIDTH)}] ${text}`);
      isDrawn = true;
    },
    end: () => {
      if (isDrawn) stderr.write(CLEAR_LINE);
      isDrawn = false;
    },
  };
}
