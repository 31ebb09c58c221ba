import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseData } from '../../harness/clickhouse/clickhouse-data.ts';

/** A name and password of ClickHouse. */
interface Login {
  readonly username: string;
  readonly password: string;
}

/** How a door is set up. */
export interface DoorOptions {
  /** Absent: plain HTTP. */
  readonly tls?: ServerOptions;
  /** True: clients must show a certificate that the authorities of `tls` have signed; others are told so as nginx does. */
  readonly mutual?: boolean;
  /** Logins that it takes; absent: any. */
  readonly logins?: readonly Login[];
  /** The path under which ClickHouse is; others are not found. */
  readonly path?: string;
  /** An idle connection is closed after so long. */
  readonly keepAliveMs?: number;
  readonly host?: string;
}

/** A server before a ClickHouse, as an ingress is: it ends TLS, and checks logins as a ClickHouse with several users does. */
export interface ClickHouseDoor {
  readonly url: string;
  readonly port: number;
  /** Names in the certificates that clients have shown and that are trusted, in their order. */
  readonly clients: readonly string[];
  /** The users of the queries, in their order. */
  readonly users: readonly string[];
  setLogins(logins: readonly Login[]): void;
  /** Connections from now on get this certificate; those that are there end. */
  setTls(tls: ServerOptions): void;
  /** Connections that were made so far. */
  connections(): number;
  close(): Promise<void>;
}

const FAILED = 516;

/** Opens a door on a free port. */
export async function openDoor(
  clickHouse: ClickHouseData,
  options: DoorOptions = {},
): Promise<ClickHouseDoor> {
  const { keepAliveMs = 60_000, mutual = false, path = '', tls, host = '127.0.0.1' } = options;
  const clients: string[] = [];
  const users: string[] = [];
  let { logins } = options;
  let connections = 0;
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const login = loginOf(incoming);
    users.push(login.username);
    const url = incoming.url ?? '/';
    const { socket } = incoming;
    if (mutual && socket instanceof TLSSocket && !socket.authorized) {
      response.writeHead(400, { 'Content-Type': 'text/html' });
      response.end('<html><head><title>400 The SSL certificate error</title></head></html>');
    } else if (!url.startsWith(path)) {
      response.writeHead(404, { 'Content-Type': 'text/html' });
      response.end('<html><title>404 Not Found</title></html>');
    } else if (url.startsWith(`${path}/ping`) || isTaken(logins, login)) {
      void forward(incoming, response, {
        clickHouse,
        path: url.slice(path.length).replace(/^\/?/, '/'),
      });
    } else {
      response.writeHead(403, { 'X-ClickHouse-Exception-Code': String(FAILED) });
      response.end(
        `Code: ${FAILED}. DB::Exception: ${login.username}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED) (version 24.8.14.39 (official build))\n`,
      );
    }
  };
  const secure =
    tls === undefined
      ? undefined
      : https.createServer({ ...tls, requestCert: mutual, rejectUnauthorized: false }, handle);
  const server = secure ?? createServer(handle);
  server.keepAliveTimeout = keepAliveMs;
  // Node adds some by itself.
  server.keepAliveTimeoutBuffer = 0;
  server.on('connection', () => connections++);
  secure?.on('secureConnection', (socket) => {
    if (socket.authorized) clients.push(String(socket.getPeerCertificate().subject.CN));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`,
    port,
    clients,
    users,
    setLogins: (next) => {
      logins = next;
    },
    setTls: (next) => {
      secure?.setSecureContext(next);
      server.closeAllConnections();
    },
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function isTaken(logins: readonly Login[] | undefined, { username, password }: Login): boolean {
  if (logins === undefined) return true;
  return logins.some((login) => login.username === username && login.password === password);
}

function loginOf({ headers }: IncomingMessage): Login {
  const text = Buffer.from(
    (headers.authorization ?? '').slice('Basic '.length),
    'base64',
  ).toString();
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

async function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  { clickHouse, path }: { readonly clickHouse: ClickHouseData; readonly path: string },
): Promise<void> {
  const { password, url, username } = clickHouse;
  const { hostname, port } = new URL(url);
  const auth = `${username}:${password}`;
  const { method, headers } = incoming;
  const inner = request({
    hostname,
    port,
    path,
    method,
    headers: { ...headers, authorization: `Basic ${Buffer.from(auth).toString('base64')}` },
  });
  inner.on('error', () => response.destroy());
  inner.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    void pipeline(answer, response).catch(() => undefined);
  });
  await pipeline(incoming, inner).catch(() => undefined);
}
