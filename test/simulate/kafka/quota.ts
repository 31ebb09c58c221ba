import type { SimulatedTime } from '../simulated-time.ts';

/** The seconds over which a broker counts the bytes of a client (`quota.window.num` × `quota.window.size.seconds`). */
const WINDOW_SECONDS = 11;

/** A broker's quota for what clients produce (KIP-13): who is above it waits until the window's mean is below it again. */
export class ProduceQuota {
  readonly #time: SimulatedTime;
  /** Bytes a second; undefined: none. */
  bytesPerSecond: number | undefined = undefined;
  /** All bytes that were counted. */
  bytes = 0;
  /** Bytes that may be produced at once, by the window; less than nothing: a debt. */
  #left = 0;
  #lastMs = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  /** Counts bytes; answers for how many milliseconds the client's connection is muted. */
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
