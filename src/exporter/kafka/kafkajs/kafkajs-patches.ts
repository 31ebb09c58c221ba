import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import kafkajs from 'kafkajs';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue, { type SocketRequest } from 'kafkajs/src/network/requestQueue/index.js';
import type { Protocol } from 'kafkajs/src/network/protocol.js';
import Encoder, { type Payload } from 'kafkajs/src/protocol/encoder.js';
import { systemClock } from '../../../lib/clock.ts';
import { InPlacePayload } from './in-place-payload.ts';
import { registerReadingCodecs } from './reading-codecs.ts';

const { KafkaJSConnectionError } = kafkajs;

/**
 * Corrects faults of kafkajs 2.2.4 that cannot be avoided from outside. A second call has no
 * effect.
 */
export function patchKafkajs(): void {
  connectOnce();
  closeOnce();
  leaveWhenLate();
  lookForLateSeldom();
  wakeForPendingAlone();
  sendWhereLoggedIn();
  writeHeadsInPlace();
  registerReadingCodecs();
}

const connect = Object.getOwnPropertyDescriptor(Connection.prototype, 'connect')?.value as unknown;
const connecting = new WeakMap<Connection, ConnectAttempt>();
/** The addresses of brokers, `host:port`, with which a TLS handshake has succeeded. */
const secure = new Set<string>();
const CLOSED = 'Closed connection';
/** The code of the error for a connection that ended during the TLS handshake. */
const HANDSHAKE_ENDED = 'TLS_HANDSHAKE_ENDED';

interface ConnectAttempt {
  readonly promise: Promise<boolean>;
  readonly reject: (error: Error) => void;
}

/**
 * In kafkajs, each request that finds a connection closed opens its own socket for it. Only the
 * last socket is kept. The others leak, with the requests that were sent on them. With the patch,
 * the requests share one attempt.
 *
 * In kafkajs, an attempt whose socket ends before it is connected never ends, and blocks all
 * requests to the same broker. kafkajs also does not notice a socket that is closed without an
 * `end` or `error` event.
 */
function connectOnce(): void {
  if (typeof connect !== 'function') return;
  Connection.prototype.connect = function share(this: Connection): Promise<boolean> {
    const known = connecting.get(this);
    if (known !== undefined) return known.promise;
    if (this.connectionStatus === 'connected') return Promise.resolve(true);
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const attempt = Reflect.apply(connect, this, []) as Promise<boolean>;
    const { requestQueue, socket } = this;
    const fail = (error: Error): void => {
      const isPlain = !secure.has(addressOf(this)) && endedInHandshake(socket, error);
      reject(isPlain ? handshakeEnded(this) : error);
    };
    connecting.set(this, { promise, reject: fail });
    attempt.then(resolve, fail);
    requestQueue.onTimeout = () => {
      leave(this);
    };
    socket?.once('secureConnect', () => {
      secure.add(addressOf(this));
    });
    socket?.once('close', () => {
      // The connection's own error handler ends the wait for the connection.
      if (this.socket === socket) socket.emit('error', closed(this));
    });
    return promise.finally(() => {
      connecting.delete(this);
    });
  };
}

/**
 * Drops a connection's socket at once: its waiting requests fail, and the next request opens a new
 * socket, which has no state of the old one. Without the patch, kafkajs
 *
 * - accepts new requests while it closes, and sends them on the failed socket, or logs in again on
 *   a socket that is logged in, which brokers refuse (ILLEGAL_SASL_STATE);
 * - appends the answers of the next socket to the half of an answer that came on the last socket,
 *   and can never parse an answer again;
 * - lets events of the last socket close the next socket.
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
    // If there was an error, kafkajs reports it as soon as it has closed the connection.
    systemClock.after(0, () => {
      attempt.reject(closed(connection));
    });
  }
  connection.rejectRequests(closed(connection));
}

/** The events of a socket to which kafkajs listens. */
const HEARD = ['connect', 'secureConnect', 'data', 'end', 'error', 'timeout'];

function addressOf({ host, port }: Connection): string {
  return `${host}:${port}`;
}

function closed(connection: Connection): Error {
  return new KafkaJSConnectionError(CLOSED, { broker: addressOf(connection) });
}

/**
 * True when the peer ended a connection in the middle of its TLS handshake. A port without TLS does
 * so, and kafkajs tells it like any other lost connection. A port that has spoken TLS before does
 * so when its broker stops, or when the network fails.
 */
function endedInHandshake(socket: Socket | undefined, error: Error): boolean {
  if (!(socket instanceof TLSSocket) || socket.connecting) return false;
  return error.message === CLOSED || ('code' in error && error.code === 'ECONNRESET');
}

function handshakeEnded(connection: Connection): Error {
  return new KafkaJSConnectionError('the connection ended during the TLS handshake', {
    broker: addressOf(connection),
    code: HANDSHAKE_ENDED,
  });
}

/** The length field at the beginning of an answer. */
const LENGTH_BYTES = 4;

/**
 * A working connection is closed when its requests are answered. Any other connection is closed at
 * once.
 */
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
 * In kafkajs, a request that is not answered in time fails alone. The requests before and after it
 * continue to wait, each for its own time-out, on a connection that may never answer again. Answers
 * come in the order of the requests, so all of them are lost. With the patch, the connection is
 * dropped.
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

/**
 * kafkajs checks for late requests ten times a second on each connection, although requests have
 * seconds for their answer. With the patch, it checks less often.
 */
function lookForLateSeldom(): void {
  RequestQueue.prototype.scheduleRequestTimeoutCheck = function schedule(this: RequestQueue): void {
    cancelLook.get(this)?.();
    if (!this.enforceRequestTimeout) return;
    const look = (): void => {
      const now = systemClock.now();
      // The first late request ends the connection, and with it all other requests.
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
 * In kafkajs, a request queue without pending requests sets a timer with a negative delay after
 * each response. The timer fires after 1 ms and sets the next timer. This costs 2.4 % of a core for
 * each idle connection, and causes a TimeoutNegativeWarning. The timer is needed only while a
 * request waits or the broker throttles.
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
 * kafkajs writes a request when its bytes are ready, to the socket that the connection has at that
 * moment. This may be the next socket during its login. Brokers then answer with ILLEGAL_SASL_STATE
 * and close the connection.
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

/**
 * kafkajs builds a request with nested encoders, each of which copies the previous one. So a batch
 * of a megabyte is copied three times.
 */
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
