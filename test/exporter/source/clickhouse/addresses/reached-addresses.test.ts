import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer,
  type LookupFunction,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clickHouseFailure } from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-error.ts';
import { clickHouseReason } from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-problem.ts';
import { createClients } from '../../../../../src/exporter/source/clickhouse/connection/clients.ts';
import { createQueryRunner } from '../../../../../src/exporter/source/clickhouse/connection/query-runner.ts';
import { createManualClock, settle } from '../../../../lib/manual-clock.ts';
import { until } from '../../../../lib/until.ts';
import { problemOf, startAnswering, watchAddress } from '../answering-server.ts';
import { blockPort } from './blocked-port.ts';

const QUERY = { query: 'SELECT 1 FORMAT Null' };
/** How long DeepFlow's ClickHouse keeps an idle connection. */
const SERVER_IDLE_MS = 3_000;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n';
const TLS = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  servername: undefined,
  rejectUnauthorized: true,
};

const ask = (url: string): Promise<void> =>
  watchAddress(url).ask((queries) => queries.command(QUERY));

/** The problem that is reported for an address that cannot be used. */
async function told(url: string): Promise<string> {
  const error = await problemOf(ask(url));
  const failure = clickHouseFailure(error instanceof Error ? error.cause : error);
  return `${clickHouseReason(failure.kind)}: ${failure.words} (${failure.message})`;
}

async function portOf(server: Server | TcpServer, host = '127.0.0.1', port = 0): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Starts a server that handles the data of each connection with `onData`, and returns the URL of
 * its port.
 */
async function startRaw(
  answer: (socket: Socket, requests: number) => void,
  scheme = 'http',
): Promise<string> {
  const server = createServer((socket) => {
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      answer(socket, ++requests);
    });
    onTestFinished(() => {
      socket.destroy();
    });
  });
  return `${scheme}://127.0.0.1:${await portOf(server)}`;
}

const page =
  (
    status: number,
    title: string,
    headers: Readonly<Record<string, string>> = {},
  ): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers });
    response.end(`<!doctype html><html><head><title>${title}</title></head></html>`);
  };

describe('a server that is not ClickHouse is reported as what it is:', () => {
  test.each<readonly [string, RequestListener, string]>([
    ['the page of an ingress', page(200, 'Welcome to nginx!'), '(HTTP 200, Welcome to nginx!)'],
    ['a path that nobody has', page(404, '404 Not Found'), '(HTTP 404, 404 Not Found)'],
    [
      'a login page',
      page(302, 'Found', { Location: 'https://login.example.com/auth?state=secret' }),
      '(HTTP 302, to https://login.example.com/auth, Found)',
    ],
    ['a proxy with a password', page(401, '401 Required'), 'what the ingress requires of clients'],
    [
      'an API',
      (_request, response) => {
        response.writeHead(404, { 'Content-Type': 'application/json' });
        response.end('{"message":"no Route matched"}');
      },
      'is not ClickHouse, but a web page, a login page or an ingress',
    ],
    ['a proxy without a server', page(502, '502 Bad Gateway'), 'no answer from ClickHouse'],
    ['a proxy that waits in vain', page(504, '504 Gateway Time-out'), 'check ClickHouse'],
    [
      'http:// to the HTTPS port of nginx',
      page(400, '400 The plain HTTP request was sent to HTTPS port'),
      'write https://',
    ],
    [
      'http:// to the HTTPS port of a program in Go',
      (_request, response) => {
        response.writeHead(400);
        response.end('Client sent an HTTP request to an HTTPS server.\n');
      },
      'write https://',
    ],
    [
      'a client certificate that nginx wants',
      page(400, '400 No required SSL certificate was sent'),
      'ClickHouseClientCertificateRejected: ',
    ],
  ])('%s', async (_name, answer, words) => {
    const text = await told(await startAnswering(answer));
    expect(text).toContain(words);
    expect(text).not.toContain('secret');
  });

  test.each<readonly [string, string, string, string]>([
    [
      'the port of ClickHouse’s own protocol',
      'http',
      'HTTP/1.0 400 Bad Request\r\n\r\nPort 9000 is for clickhouse-client program\r\nYou must use port 8123 for HTTP.\r\n',
      'native protocol: the URL must name the HTTP port (http://, 8123 by default) or the HTTPS port (https://, 8443 by default) (Port 9000 is for clickhouse-client program)',
    ],
    [
      'https:// to a port without TLS',
      'https',
      OK,
      'does not speak TLS at this port: write http://',
    ],
    [
      'http:// to a port that answers with a TLS alert',
      'http',
      '\x15\x03\x03\0\x02\x02\x46',
      'write https://',
    ],
    ['http:// to a port that hangs up', 'http', '', 'if the port requires TLS, write https://'],
    [
      'a port that speaks another protocol',
      'http',
      'SSH-2.0-OpenSSH_9.6\r\n',
      'does not speak HTTP',
    ],
  ])('%s', async (_name, scheme, bytes, words) => {
    const url = await startRaw((socket) => socket.end(bytes, 'latin1'), scheme);
    expect(await told(url)).toContain(words);
  });

  test('a port at which nothing listens', async () => {
    const server = createServer();
    const port = await portOf(server);
    server.close();
    expect(await told(`http://127.0.0.1:${port}`)).toContain(
      `ClickHouseUnreachable: refuses connections: check spec.source.clickHouse, and that ClickHouse runs and listens there (connect ECONNREFUSED 127.0.0.1:${port})`,
    );
  });

  test.each(['http', 'https'])('an address that takes no %s connection', async (scheme) => {
    const server = createServer();
    const port = await portOf(server);
    if (scheme === 'http') {
      server.close();
      await once(server, 'close');
      await blockPort(port, '127.0.0.1');
    }
    const clock = createManualClock();
    const url = `${scheme}://127.0.0.1:${port}`;
    const clients = createClients(clock, {
      url,
      login: undefined,
      tls: TLS,
      requestTimeoutMs: 60_000,
    });
    const asking = problemOf(
      createQueryRunner(clients, new AbortController().signal).command(QUERY),
    );
    // The time-out begins with the connection.
    const isOver = asking.then(() => true);
    await until('the end of waiting', async () => {
      await clock.advance(1_000);
      return Promise.race([isOver, Promise.resolve(false)]);
    });
    expect(clickHouseFailure(await asking)).toMatchObject({
      code: 'NO_CONNECTION',
      message: 'no connection within 10 seconds',
    });
  });

  test('an answer that is an error is read no further than its first 64 KiB', async () => {
    let written = 0;
    const url = await startAnswering((_request, response) => {
      response.writeHead(500);
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
      };
      response.on('drain', write);
      write();
    });
    expect(await told(url)).toContain('(HTTP 500, xxx');
    expect(written).toBeLessThan(64 * 1_048_576);
  });
});

describe('ClickHouse is reached', () => {
  test.each([
    ['', '/?', '/ping'],
    ['/', '/?', '/ping'],
    ['/clickhouse', '/clickhouse?', '/clickhouse/ping'],
    ['/a/clickhouse/', '/a/clickhouse/?', '/a/clickhouse//ping'],
  ])('under the path "%s" of its URL', async (path, query, ping) => {
    const asked: string[] = [];
    const url = await startAnswering((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    const address = `${url}${path}`;
    await ask(address);
    const clock = createManualClock();
    const options = { url: address, login: undefined, tls: TLS, requestTimeoutMs: 1_000 };
    await createClients(clock, options).fresh.ping();
    expect(asked[0]?.startsWith(query), asked[0]).toBe(true);
    expect(asked[0]).not.toContain('database=');
    expect(asked[1]).toBe(ping);
  });

  test('at an IPv6 address', async () => {
    const server = createHttpServer((_request, response) => response.end());
    await ask(`http://[::1]:${await portOf(server, '::1')}/`);
  });

  test.each([
    ['127.0.0.1', '::1', 'refuses'],
    ['::1', '127.0.0.1', 'refuses'],
    ['127.0.0.1', '::1', 'does not answer'],
    ['::1', '127.0.0.1', 'does not answer'],
  ])('by a name with the address %s, whose other one %s %s', async (good, bad, how) => {
    const server = createHttpServer((_request, response) => response.end());
    const port = await portOf(server, good);
    if (how === 'does not answer') await blockPort(port, bad);
    const lookup: LookupFunction = (_host, _options, found) => {
      const family = (address: string): number => (address.includes(':') ? 6 : 4);
      found(
        null,
        [bad, good].map((address) => ({ address, family: family(address) })),
      );
    };
    const url = `http://clickhouse.example.com:${port}`;
    const options = { url, login: undefined, tls: TLS, requestTimeoutMs: 60_000, lookup };
    // No time passes on this clock, so no connection is given up: the query must not wait for that.
    const runner = createQueryRunner(
      createClients(createManualClock(), options),
      new AbortController().signal,
    );
    await runner.command(QUERY);
  });

  test('by a new connection when the server closes a kept one at the moment in which it is used', async () => {
    const closed: number[] = [];
    let connections = 0;
    const url = await startRaw((socket, requests) => {
      if (requests === 1) {
        connections++;
        socket.write(OK);
      } else {
        closed.push(connections);
        socket.destroy();
      }
    });
    const changes: boolean[] = [];
    const addresses = watchAddress(url, { onChange: ({ isUp }) => changes.push(isUp) });
    for (let i = 0; i < 4; i++) await addresses.ask((queries) => queries.command(QUERY));
    expect(closed.length).toBeGreaterThan(0);
    expect(changes).toEqual([true]);
  });

  test('over connections that the exporter closes before a server closes them after 3 seconds', async () => {
    const server = createHttpServer((_request, response) => response.end());
    server.keepAliveTimeout = 60_000;
    const sockets: Socket[] = [];
    server.on('connection', (socket: Socket) => sockets.push(socket));
    await ask(`http://127.0.0.1:${await portOf(server)}`);
    // On a busy machine, this timer fires late as the exporter's does, which is due before it.
    await sleep(SERVER_IDLE_MS);
    // What a timer has closed is seen in the next turn.
    await settle();
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  });
});
