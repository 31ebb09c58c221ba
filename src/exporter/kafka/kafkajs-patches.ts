import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const original = Object.getOwnPropertyDescriptor(
  RequestQueue.prototype,
  'scheduleCheckPendingRequests',
)?.value as unknown;

/**
 * Mends in kafkajs 2.2.4 what cannot be avoided from outside. Calling it twice changes nothing.
 *
 * A request queue with nothing pending arms a timer for a negative time after each response, which
 * fires after 1 ms, arms the next one, and so on: 2.4 % of a core for each idle connection, and a
 * TimeoutNegativeWarning. The timer is only needed while something waits or the broker throttles.
 */
export function patchKafkajs(): void {
  if (typeof original !== 'function') return;
  RequestQueue.prototype.scheduleCheckPendingRequests = function schedule(
    this: RequestQueue,
  ): void {
    if (
      this.pending.length > 0 ||
      this.throttledUntil > performance.timeOrigin + performance.now()
    ) {
      Reflect.apply(original, this, []);
    }
  };
}
