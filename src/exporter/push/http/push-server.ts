import { once } from 'node:events';
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Logger } from '../../../lib/logger.ts';
import type { CredentialStore } from '../../config/credential-store.ts';
import type { PushConfig } from '../../contract/exporter-config.ts';
import type { PushMetrics } from '../../status/push-metrics.ts';
import type { OnContinue } from './handle-push.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { brokenRequest, rawAnswer } from './broken-request.ts';
import { errorAnswer, type PushAnswer } from './push-answer.ts';

/** What a push server needs. */
export interface PushServerDeps {
  readonly logger: Logger;
  readonly credentials: CredentialStore;
  readonly metrics: Pick<PushMetrics, 'answered' | 'refusedConnection'>;
  readonly limits?: Partial<ConnectionLimits>;
  readonly handle: (request: IncomingMessage, onContinue: OnContinue) => Promise<PushAnswer>;
}

/** A listening push server. */
export interface PushServer {
  readonly port: number;
  /** Resolves when no request is being handled. */
  idle(): Promise<void>;
  /** Closes all connections. */
  close(): Promise<void>;
}

const LIMITS: ConnectionLimits = {
  headersMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 30_000,
  lookEveryMs: 1_000,
  connectionsMax: 1_024,
};

/**
 * Serves pushes on all addresses, with TLS if the configuration has it. Changed certificates are
 * used without a restart.
 *
 * @throws when the port cannot be bound, or the certificates are invalid.
 */
export async function startPushServer(
  deps: PushServerDeps,
  http: PushConfig['http'],
): Promise<PushServer> {
  const requests = new Requests(deps);
  const limits = { ...LIMITS, ...deps.limits };
  const server = createServer(deps, http, { requests, limits });
  server.maxConnections = limits.connectionsMax;
  server.on('drop', () => {
    deps.metrics.refusedConnection();
  });
  await listen(server, http.port);
  const address = server.address();
  const unsubscribe = deps.credentials.onChange(() => {
    if ('setSecureContext' in server) replaceCertificates(deps, server);
    requests.startGeneration();
    server.closeIdleConnections();
  });
  return {
    port: typeof address === 'object' && address !== null ? address.port : http.port,
    idle: () => requests.idle(),
    close: () =>
      new Promise((resolve) => {
        unsubscribe();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function createServer(
  deps: PushServerDeps,
  { tls }: PushConfig['http'],
  parts: { readonly requests: Requests; readonly limits: ConnectionLimits },
): PlainServer | TlsServer {
  const { requests, limits } = parts;
  const timeouts = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.lookEveryMs,
  };
  const server =
    tls === undefined
      ? createPlainServer(timeouts)
      : createTlsServer({
          ...timeouts,
          ...certificates(deps.credentials),
          handshakeTimeout: limits.headersMs,
          requestCert: tls.clientCertificates,
          // A client without a valid certificate gets an HTTP answer that says so.
          rejectUnauthorized: false,
        });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    requests.answer(request, response, () => undefined);
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    requests.answer(request, response, () => {
      response.writeContinue();
    });
  });
  server.on('clientError', (error: Error, socket: Duplex) => {
    requests.breakOff(error, socket, limits);
  });
  return server;
}

function certificates(credentials: CredentialStore): SecureContextOptions {
  const { pushCertificate, pushKey, pushClientCa } = credentials.current();
  return {
    cert: pushCertificate,
    key: pushKey,
    ...(pushClientCa === undefined ? {} : { ca: pushClientCa }),
  };
}

function replaceCertificates({ credentials, logger }: PushServerDeps, server: TlsServer): void {
  try {
    server.setSecureContext(certificates(credentials));
  } catch (error) {
    logger.warn(
      { err: error },
      'the new certificates of the push server are invalid; the old ones stay in use',
    );
  }
}

/** The requests that are being handled. */
class Requests {
  readonly #deps: PushServerDeps;
  readonly #underWay = new Set<Promise<void>>();
  readonly #generations = new WeakMap<Socket, number>();
  /** The connections on which an answer has begun. */
  readonly #answered = new WeakSet<Duplex>();
  #generation = 0;

  constructor(deps: PushServerDeps) {
    this.#deps = deps;
  }

  /**
   * Existing connections are closed with their next answer, since their clients were checked with
   * older credentials.
   */
  startGeneration(): void {
    this.#generation++;
  }

  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  answer(request: IncomingMessage, response: ServerResponse, onContinue: OnContinue): void {
    const { socket } = request;
    this.#answered.delete(socket);
    if (!this.#generations.has(socket)) this.#generations.set(socket, this.#generation);
    const work = this.#answer(request, response, onContinue);
    this.#underWay.add(work);
    void work.then(() => this.#underWay.delete(work));
  }

  /** Answers a request that is incomplete, if an answer is possible, and ends its connection. */
  breakOff(error: Error, socket: Duplex, limits: ConnectionLimits): void {
    const answer = brokenRequest(error, limits);
    if (answer !== undefined && socket.writable && !this.#answered.has(socket)) {
      this.#deps.metrics.answered(answer.status);
      // Write the answer and end the connection together, so that later bytes cannot become
      // records.
      socket.write(rawAnswer(answer));
    }
    socket.destroy(error);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    onContinue: OnContinue,
  ): Promise<void> {
    const { handle, logger, metrics } = this.#deps;
    let answer: PushAnswer;
    try {
      answer = await handle(request, onContinue);
    } catch (error) {
      if (request.socket.destroyed) {
        // The client has disconnected or was too slow, so no answer is possible.
        logger.debug({ err: error }, 'a push request ended before its body was complete');
        return;
      }
      // A faulty request must not stop the exporter.
      logger.error({ err: error }, 'a push request could not be handled');
      answer = errorAnswer(
        500,
        'the exporter could not handle the request: see the log of the exporter',
      );
    }
    const { status, headers, body } = answer;
    metrics.answered(status);
    this.#answered.add(request.socket);
    const isOld = this.#generations.get(request.socket) !== this.#generation;
    response.writeHead(status, {
      'content-type': 'application/json',
      ...headers,
      ...(isOld ? { connection: 'close' } : {}),
    });
    response.end(`${JSON.stringify(body)}\n`);
    // Discard the rest of a body that was answered early. Otherwise the next request on the
    // connection would never be read.
    if (!request.complete) request.resume();
    if (!response.closed) await once(response, 'close');
  }
}

function listen(server: PlainServer | TlsServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`cannot listen on port ${port} for pushes`, { cause: error }));
    });
    server.listen(port, resolve);
  });
}
