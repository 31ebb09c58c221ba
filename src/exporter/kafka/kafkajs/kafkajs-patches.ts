import kafkajs from 'kafkajs';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue, { type SocketRequest } from 'kafkajs/src/network/requestQueue/index.js';
import type { Protocol } from 'kafkajs/src/network/protocol.js';
import Encoder, { type Payload } from 'kafkajs/src/protocol/encoder.js';
import { systemClock } from '../../../lib/clock.ts';
import { InPlacePayload } from './in-place-payload.ts';

const { KafkaJSConnectionError } = kafkajs;

/** Mends in kafkajs 2.2.4 what cannot be avoided from outside. Calling it twice changes nothing. */
export function patchKafkajs(): void {
  connectOnce();
  closeOnce();
  leaveWhenLate();
  lookForLateSeldom();
  wakeForPendingAlone();
  sendWhereLoggedIn();
  writeHeadsInPlace();
}

const connect = Object.getOwnPropertyDescriptor(Connection.prototype, 'connect')?.value as unknown;
const connecting = new WeakMap<Connection, ConnectAttempt>();

interface ConnectAttempt {
  readonly promise: Promise<boolean>;
  readonly reject: (error: Error) => void;
}

/**
 * Requests that find a connection closed each open a socket of their own for it; the last one stays, and the others
 * leak, with the requests that were sent on them. Now they share one attempt.
 *
 * An attempt whose socket ends before it is connected never ends, and holds up all that want the same broker. A socket that
 * is closed without an end or an error is not noticed either.
 */
function connectOnce(): void {
  if (typeof connect !== 'function') return;
  Connection.prototype.connect = function share(this: Connection): Promise<boolean> {
    const known = connecting.get(this);
    if (known !== undefined) return known.promise;
    if (this.connectionStatus === 'connected') return Promise.resolve(true);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    connecting.set(this, { promise, reject });
    (Reflect.apply(connect, this, []) as Promise<boolean>).then(resolve, reject);
    const { requestQueue, socket } = this;
    requestQueue.onTimeout = () => {
      leave(this);
    };
    socket?.once('close', () => {
      // Its own handler of errors knows how to stop waiting for the connection.
      if (this.socket === socket) socket.emit('error', closed(this));
    });
    return promise.finally(() => {
      connecting.delete(this);
    });
  };
}

/**
 * Leaves a connection's socket at once: what waits for it fails, and the next request opens another one, on which nothing
 * of the old one is left. kafkajs itself
 *
 * - takes new requests while it closes, and sends them on the socket that has failed, or logs in again on one that is
 *   logged in, which brokers refuse (ILLEGAL_SASL_STATE);
 * - reads the answers of the next socket behind the half of an answer that came on the last one, and never
 *   understands one again;
 * - lets events of the last socket close the next one.
 */
function leave(connection: Connection): void {
  const { socket, authHandlers } = connection;
  connection.connectionStatus = 'disconnected';
  connection.authenticatedAt = null;
  connection.authHandlers = null;
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = LENGTH_BYTES;
  connection.requestQueue.destroy();
  cancelLook.get(connection.requestQueue)?.();
  connection.socket = undefined;
  if (socket !== undefined) {
    for (const event of HEARD) socket.removeAllListeners(event);
    socket.on('error', () => undefined);
    socket.destroy();
  }
  authHandlers?.onError();
  const attempt = connecting.get(connection);
  if (attempt !== undefined) {
    // Where there was an error, kafkajs says which one as soon as it has closed the connection.
    systemClock.after(0, () => {
      attempt.reject(closed(connection));
    });
  }
  connection.rejectRequests(closed(connection));
}

/** Events of a socket that kafkajs listens to. */
const HEARD = ['connect', 'secureConnect', 'data', 'end', 'error', 'timeout'];

function closed({ host, port }: Connection): Error {
  return new KafkaJSConnectionError('Closed connection', { broker: `${host}:${port}` });
}

/** Of an answer, before the rest of it. */
const LENGTH_BYTES = 4;

/** A connection that works is closed when its requests are answered, and any other one at once. */
function closeOnce(): void {
  Connection.prototype.disconnect = async function close(this: Connection): Promise<boolean> {
    const { socket } = this;
    const works = socket?.readable === true && socket.writable && !socket.connecting;
    if (works) await this.requestQueue.waitForPendingRequests();
    if (this.socket === socket) leave(this);
    return true;
  };
}

const createSocketRequest = Object.getOwnPropertyDescriptor(
  RequestQueue.prototype,
  'createSocketRequest',
)?.value as unknown;

/**
 * A request that is not answered in time fails alone; those before and behind it wait on, each for its own time, on a
 * connection that may never answer again. Answers come in the order of the requests, so all of them are lost.
 */
function leaveWhenLate(): void {
  if (typeof createSocketRequest !== 'function') return;
  RequestQueue.prototype.createSocketRequest = function create(this: RequestQueue, pushed) {
    const request = Reflect.apply(createSocketRequest, this, [pushed]) as SocketRequest;
    const { timeoutHandler } = request;
    request.timeoutHandler = () => {
      timeoutHandler();
      this.onTimeout?.();
    };
    return request;
  };
}

const LOOK_FOR_LATE_MS = 1_000;
const cancelLook = new WeakMap<RequestQueue, () => void>();

/** Late requests are looked for ten times a second on each connection, though they have seconds for their answer. */
function lookForLateSeldom(): void {
  RequestQueue.prototype.scheduleRequestTimeoutCheck = function schedule(this: RequestQueue): void {
    cancelLook.get(this)?.();
    if (!this.enforceRequestTimeout) return;
    const look = (): void => {
      const now = systemClock.now();
      // The first one that is late takes all others with it.
      for (const request of this.inflight.values()) {
        if (now - (request.sentAt ?? now) > request.requestTimeout) request.timeoutRequest();
      }
      if (this.isConnected()) this.scheduleRequestTimeoutCheck();
    };
    const everyMs = Math.min(this.requestTimeout / 10, LOOK_FOR_LATE_MS);
    cancelLook.set(this, systemClock.after(everyMs, look));
  };
}

const scheduleCheck = Object.getOwnPropertyDescriptor(
  RequestQueue.prototype,
  'scheduleCheckPendingRequests',
)?.value as unknown;

/**
 * A request queue with nothing pending arms a timer for a negative time after each response, which fires after 1 ms, arms
 * the next one, and so on: 2.4 % of a core for each idle connection, and a TimeoutNegativeWarning. The timer is only
 * needed while something waits or the broker throttles.
 */
function wakeForPendingAlone(): void {
  if (typeof scheduleCheck !== 'function') return;
  RequestQueue.prototype.scheduleCheckPendingRequests = function schedule(
    this: RequestQueue,
  ): void {
    if (this.pending.length > 0 || this.throttledUntil > systemClock.now()) {
      Reflect.apply(scheduleCheck, this, []);
    }
  };
}

const send = Object.getOwnPropertyDescriptor(Connection.prototype, 'send')?.value as unknown;

/**
 * A request is written when its bytes are ready, to whichever socket its connection has then: perhaps to the next one, in
 * the middle of its login, which brokers answer with ILLEGAL_SASL_STATE and the end of the connection.
 */
function sendWhereLoggedIn(): void {
  if (typeof send !== 'function') return;
  Connection.prototype.send = function sendOn<T>(
    this: Connection,
    protocol: Protocol<T>,
  ): Promise<T> {
    const { request } = protocol;
    const encode = async (): Promise<Payload> => {
      const { socket } = this;
      const payload = await request.encode();
      if (this.socket === socket) return payload;
      throw closed(this);
    };
    return Reflect.apply(send, this, [
      { ...protocol, request: { ...request, encode } },
    ]) as Promise<T>;
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
