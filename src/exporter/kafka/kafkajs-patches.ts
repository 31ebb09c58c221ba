import type { Socket } from 'node:net';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { InPlacePayload } from './in-place-payload.ts';

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
  connectOnce();
  writeHeadsInPlace();
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

const connect = Object.getOwnPropertyDescriptor(Connection.prototype, 'connect')?.value as unknown;
const connecting = new WeakMap<Connection, Promise<boolean>>();

/**
 * Requests that find a connection closed each open a socket of their own for it; the last one stays, and the others
 * leak, with the requests that were sent on them. Now they share one attempt.
 */
function connectOnce(): void {
  if (typeof connect !== 'function') return;
  Connection.prototype.connect = function share(this: Connection): Promise<boolean> {
    const known = connecting.get(this);
    if (known !== undefined) return known;
    const attempt = (Reflect.apply(connect, this, []) as Promise<boolean>).finally(() => {
      connecting.delete(this);
    });
    if (this.socket !== undefined) unrefWhileThere(this.socket);
    connecting.set(this, attempt);
    return attempt;
  };
}

const writeEncoder = Object.getOwnPropertyDescriptor(Encoder.prototype, 'writeEncoder')
  ?.value as unknown;

/** A request is put together by encoders that each copy the one before: a batch of a megabyte three times. */
function writeHeadsInPlace(): void {
  if (typeof writeEncoder !== 'function') return;
  Encoder.prototype.writeEncoder = function write(this: Encoder, payload): typeof payload {
    if (!(payload instanceof InPlacePayload)) {
      return Reflect.apply(writeEncoder, this, [payload]) as Encoder;
    }
    payload.prepend(this.buffer);
    return payload;
  };
}

/**
 * Every request that fails with its connection closes it once more, and closing ends in `unref`: of a socket that is
 * gone Node takes it as a wish for when it connects again, and adds a listener for that. They pile up, until Node warns
 * of a leak. A socket that is gone never connects again here.
 */
function unrefWhileThere(socket: Socket): void {
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
}
