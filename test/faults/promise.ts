/** What the exporters of a run promise, and what they are configured with for it. */
export interface DeliveryPromise {
  readonly guarantee: (typeof GUARANTEES)[number];
  /** A window is read this long after it ends. */
  readonly settleSeconds: number;
  /** Rows that come so much later than `settleSeconds` are exported as well; undefined: none is. */
  readonly latenessSeconds: number | undefined;
}

/** `AtLeastOnce`: no record is missing. `ExactlyOnce`: and none is there twice. */
export const GUARANTEES = ['AtLeastOnce', 'ExactlyOnce'] as const;

/** The age up to which a row must be in its table to be exported, in seconds. */
export function exportedAge(promise: DeliveryPromise): number {
  return promise.settleSeconds + (promise.latenessSeconds ?? 0);
}
