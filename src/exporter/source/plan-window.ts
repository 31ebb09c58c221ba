import type { Window } from './source.ts';

/** Longest window: bounds what is read again after a failure in the middle of one. */
const WINDOW_SECONDS_MAX = 10;

/**
 * The next window to read, or undefined while it has not settled. While the exporter keeps up, windows
 * are a second long; while it catches up, they are longer.
 *
 * @param cursor second up to which everything has been read.
 * @param nowSeconds the current time, in seconds since the Unix epoch.
 * @param settleSeconds how long after its end a window is complete.
 */
export function planWindow(
  cursor: number,
  nowSeconds: number,
  settleSeconds: number,
): Window | undefined {
  const settled = Math.floor(nowSeconds) - settleSeconds;
  if (settled <= cursor) return undefined;
  return { from: cursor, to: Math.min(settled, cursor + WINDOW_SECONDS_MAX) };
}
