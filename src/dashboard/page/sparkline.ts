import { h, type ComponentChild } from 'preact';
import { HISTORY_MAX } from '../contract/fleet.ts';

const WIDTH = 120;
const HEIGHT = 28;

/** The path of a line through values, the newest at the right edge; a value that is not known is a gap. */
export function sparklinePath(values: readonly (number | null)[]): string {
  const most = Math.max(...values.map((value) => value ?? 0), 1);
  const step = WIDTH / (HISTORY_MAX - 1);
  const start = WIDTH - (values.length - 1) * step;
  let isInLine = false;
  return values
    .flatMap((value, i) => {
      if (value === null) {
        isInLine = false;
        return [];
      }
      const x = (start + i * step).toFixed(1);
      const y = (HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1);
      const command = isInLine ? 'L' : 'M';
      isInLine = true;
      return [`${command}${x} ${y}`];
    })
    .join('');
}

/** A line of the last values. What it shows is also in the text beside it, so screen readers skip it. */
export function sparkline(values: readonly (number | null)[], kind: string): ComponentChild {
  return h(
    'svg',
    {
      class: `spark ${kind}`,
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      // As wide as there is room.
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    h('path', { d: sparklinePath(values) }),
  );
}
