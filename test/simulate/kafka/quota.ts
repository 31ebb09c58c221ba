import type { SimulatedTime } from '../simulated-time.ts';

/** The seconds over which a broker counts the bytes of a client (`quota.window.num` × `quota.window.size.seconds`). */
const WINDOW_SECONDS = 11;

/**
 * The produce quota of a broker (KIP-13). A client above the quota is muted until its mean over the window is below the
 * quota again.
 */
export class ProduceQuota {
  readonly #time: SimulatedTime;
  /** The quota in bytes a second; undefined when there is none. */
  bytesPerSecond: number | undefined = undefined;
  /** All bytes that were counted. */
  bytes = 0;
  /** How many bytes the client may produce at once; negative while the client is above the quota. */
  #left = 0;
  #lastMs = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  /** Counts bytes. @returns for how many milliseconds the client's connection is muted. */
  count(bytes: number): number {
    this.bytes += bytes;
    const rate = this.bytesPerSecond;
    if (rate === undefined) return 0;
    const elapsedMs = this.#time.nowMs - this.#lastMs;
    this.#lastMs = this.#time.nowMs;
    this.#left = Math.min(rate * WINDOW_SECONDS, this.#left + (elapsedMs / 1000) * rate) - bytes;
    return this.#left >= 0 ? 0 : (-this.#left / rate) * 1000;
  }
}
