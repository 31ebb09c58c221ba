/** How the wait between tries grows. */
export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The wait before try `attempt` (0 is the first retry): exponential. The upper half is random, so
 * that many clients do not retry at the same time ("equal jitter").
 *
 * @param random a number in [0, 1).
 * @returns milliseconds, between half of the exponential step and the whole step.
 */
export function backoffMs(options: BackoffOptions, attempt: number, random: number): number {
  const step = Math.min(options.maxMs, options.initialMs * 2 ** Math.min(attempt, 30));
  return step / 2 + (step / 2) * random;
}
