import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { ADDRESS_ATTEMPTS } from '../../../../lib/net/address-attempts.ts';
import type { ProxyEnvironment } from '../../../../lib/net/proxy-environment.ts';
import type { Clock } from '../../../../lib/clock.ts';
import { AnswerError } from '../errors/answer-error.ts';
import { OWN_CODES } from '../errors/connection-faults.ts';

/** How connections to an address are encrypted. Absent parts: Node's defaults. */
export interface TlsOptions {
  /** CAs to trust, in PEM, instead of the system's. */
  readonly ca: string | undefined;
  /** PEM client certificate and its key. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Name expected in the server's certificate instead of the host of the URL. */
  readonly servername: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** How long to wait for a connection, including its TLS handshake. */
const CONNECT_MS = 10_000;

/** How connections are made. */
export interface ConnectOptions {
  readonly tls: TlsOptions;
  /** True: a connection is kept for the next query. */
  readonly keeps: boolean;
  readonly maxConnections: number;
  /** Absent: connections go through no proxy. */
  readonly proxy?: ProxyEnvironment | undefined;
  /** How host names are resolved. Absent: as the system does it. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Makes connections to the host of a URL, each within `CONNECT_MS`, whichever of the host's addresses answers. The proxy, if there
 * is one for the host, takes that long once more.
 */
export function createAgent(
  clock: Pick<Clock, 'after'>,
  url: URL,
  { tls, keeps, lookup, maxConnections, proxy }: ConnectOptions,
): http.Agent {
  const options = {
    keepAlive: keeps,
    maxSockets: maxConnections,
    ...ADDRESS_ATTEMPTS,
    ...(lookup === undefined ? {} : { lookup }),
    ...(proxy === undefined ? {} : { proxyEnv: { ...proxy } }),
  };
  const isEncrypted = url.protocol === 'https:';
  const agent = isEncrypted
    ? new https.Agent({ ...options, ...given(tls) })
    : new http.Agent(options);
  const made = isEncrypted ? 'secureConnect' : 'connect';
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    let cancel = (): void => undefined;
    // Node passes a connection or an error only for a tunnel through a proxy.
    const connection = connect(options, (...tunnel: [] | [Error | null, Duplex]) => {
      cancel();
      const [error, stream] = tunnel;
      if (stream === undefined) return;
      if (!error) bound(clock, stream, made);
      callback?.(error ? proxyError(error) : null, stream);
    });
    if (connection) cancel = bound(clock, connection, made);
    return connection;
  };
  return agent;
}

function proxyError(error: Error): Error {
  return new AnswerError(error.message, OWN_CODES.proxy);
}

/** Omits what is absent: Node treats an undefined `ca` as no CA at all. */
function given({ ca, cert, key, rejectUnauthorized, servername }: TlsOptions): https.AgentOptions {
  return {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** Ends a connection that is not made in time. Returns a function that stops waiting. */
function bound(
  clock: Pick<Clock, 'after'>,
  connection: Duplex,
  made: 'connect' | 'secureConnect',
): () => void {
  const cancel = clock.after(CONNECT_MS, () => {
    const words = `no connection within ${CONNECT_MS / 1000} seconds`;
    connection.destroy(new AnswerError(words, OWN_CODES.noConnection));
  });
  connection.once(made, cancel);
  connection.once('close', cancel);
  return cancel;
}
