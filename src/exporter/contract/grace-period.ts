/** For how long a stopping exporter delivers what it has read, unless its configuration says otherwise. */
export const DRAIN_SECONDS = 50;

/** What is left of the grace period of a pod after that, to close connections. */
const CLOSE_SECONDS = 10;

/** The shortest grace period of a pod in which an exporter stops in order. */
export const GRACE_SECONDS_MIN = DRAIN_SECONDS + CLOSE_SECONDS;

/** For how long an exporter may deliver after it was told to stop, in a pod with this grace period. */
export function drainSeconds(graceSeconds: number): number {
  return graceSeconds - CLOSE_SECONDS;
}
