import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { ADDRESS_ATTEMPTS } from '../../../../lib/net/address-attempts.ts';
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
  /** How host names are resolved. Absent: as the system does it. */
  readonly lookup?: LookupFunction | undefined;
}

/** Makes connections to the host of a URL, each within `CONNECT_MS`, whichever of the host's addresses answers. */
export function createAgent(
  clock: Pick<Clock, 'after'>,
  url: URL,
  { tls, keeps, lookup, maxConnections }: ConnectOptions,
): http.Agent {
  const options = {
    keepAlive: keeps,
    maxSockets: maxConnections,
    ...ADDRESS_ATTEMPTS,
    ...(lookup === undefined ? {} : { lookup }),
  };
  const isEncrypted = url.protocol === 'https:';
  const agent = isEncrypted
    ? new https.Agent({ ...options, ...given(tls) })
    : new http.Agent(options);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...request) => {
    const connection = connect(...request);
    if (connection) bound(clock, connection, isEncrypted ? 'secureConnect' : 'connect');
    return connection;
  };
  return agent;
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

function bound(
  clock: Pick<Clock, 'after'>,
  connection: Duplex,
  made: 'connect' | 'secureConnect',
): void {
  const cancel = clock.after(CONNECT_MS, () => {
    const words = `no connection within ${CONNECT_MS / 1000} seconds`;
    connection.destroy(new AnswerError(words, OWN_CODES.noConnection));
  });
  connection.once(made, cancel);
  connection.once('close', cancel);
}
