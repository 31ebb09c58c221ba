import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startServer } from './server-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const LIMITS = { headersMs: 150, requestMs: 400, lookEveryMs: 25 };
/** For a client whose answer must not be that it was too slow, although a busy machine stops for a while. */
const PATIENT = { headersMs: 2_000, requestMs: 3_000, lookEveryMs: 25 };
/** By the limits it takes less than a second. */
const DEADLINE = { timeout: 30_000, interval: 10 };
const ROW = '{"time":1700000000}\n';

const head = (...headers: readonly string[]): string =>
  [`POST /v1/records/${L7} HTTP/1.1`, 'Host: a', ...headers, '', ''].join('\r\n');
const wholeRequest = (): string => `${head(`Content-Length: ${ROW.length}`)}${ROW}`;

/** A client that can send any bytes at any time. */
interface Client {
  readonly socket: Socket;
  /** The bytes that have come so far. */
  readonly text: () => string;
  readonly isClosed: () => boolean;
}

function client(port: number): Client {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isClosed = false;
  socket.on('data', (piece) => (text += piece.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  onTestFinished(() => void socket.destroy());
  return { socket, text: () => text, isClosed: () => isClosed };
}

async function untilClosed({ isClosed }: Client): Promise<void> {
  await expect.poll(isClosed, DEADLINE).toBe(true);
}

describe('a client that is too slow', () => {
  test.each<[string, string, string]>([
    ['in the middle of its body', head('Content-Length: 1000'), ROW],
    ['in the middle of a chunk', head('Transfer-Encoding: chunked'), `3e8\r\n${ROW}`],
    ['before its body', head('Content-Length: 1000'), ''],
    ['in the middle of its headers', `POST /v1/records/${L7} HTTP/1.1\r\nHost: `, ''],
    ['before its first byte', '', ''],
  ])('gets 408, and leaves nothing behind: %s', async (_name, first, then) => {
    const { port, budget, jobs, registry, server } = await startServer({ limits: LIMITS });
    const slow = client(port);
    slow.socket.write(first);
    slow.socket.write(then);
    await untilClosed(slow);
    expect(slow.text()).toMatch(
      /^HTTP\/1\.1 408 [^]*\{"error":"send the headers within 0.15 seconds/,
    );
    await server.idle();
    expect(budget.isEmpty).toBe(true);
    expect(jobs).toEqual([]);
    expect(await registry.metrics()).toContain('push_requests_total{status="408"} 1');
  });

  test('gets 408 also when it sends bytes all the time', async () => {
    const { port, budget, jobs, server } = await startServer({ limits: LIMITS });
    const slow = client(port);
    slow.socket.write(head('Content-Encoding: gzip', 'Content-Length: 100000'));
    const body = gzipSync(Buffer.from(ROW.repeat(10)));
    let at = 0;
    const trickle = setInterval(() => slow.socket.write(body.subarray(at, ++at)), 20);
    onTestFinished(() => {
      clearInterval(trickle);
    });
    await untilClosed(slow);
    expect(slow.text()).toMatch(/^HTTP\/1\.1 408 /);
    await server.idle();
    expect(budget.isEmpty).toBe(true);
    expect(jobs).toEqual([]);
  });

  test('gets only one answer when the answer comes before its body ends', async () => {
    const { port, budget } = await startServer({ limits: PATIENT, http: { maxBodyBytes: 1_024 } });
    const slow = client(port);
    slow.socket.write(`${head('Transfer-Encoding: chunked')}1000\r\n${'x'.repeat(2_000)}`);
    await untilClosed(slow);
    expect(slow.text().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    expect(budget.isEmpty).toBe(true);
  });

  test.each([
    ['413', { maxBodyBytes: 1_024 }, 'x'.repeat(40_000)],
    ['400', {}, 'x'.repeat(20_000)],
  ])(
    'can send its next request on the connection, although its body was answered early with %s',
    async (status, http, body) => {
      const { port } = await startServer({ http });
      const kept = client(port);
      const encoding = status === '400' ? ['Content-Encoding: gzip'] : [];
      kept.socket.write(head('Transfer-Encoding: chunked', ...encoding));
      kept.socket.write(`${body.length.toString(16)}\r\n${body}`);
      await expect.poll(kept.text, DEADLINE).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      kept.socket.write(`\r\n0\r\n\r\n${wholeRequest()}`);
      await expect.poll(kept.text, DEADLINE).toContain('HTTP/1.1 200 ');
    },
  );

  test('gets 500 when the exporter fails after it has read the body', async () => {
    const outcome = Promise.reject(new Error('a bug'));
    outcome.catch(() => undefined);
    const { port } = await startServer({ outcome });
    const kept = client(port);
    kept.socket.write(wholeRequest());
    await expect.poll(kept.text, DEADLINE).toMatch(/^HTTP\/1.1 500 [^]*could not handle/);
  });

  test('does not block other clients while its answer takes long', async () => {
    const answered = Promise.withResolvers<{ kind: 'stored'; rejected: [] }>();
    const { port, jobs } = await startServer({ limits: PATIENT, outcome: answered.promise });
    const waiting = client(port);
    waiting.socket.write(wholeRequest());
    await expect.poll(() => jobs.length, DEADLINE).toBe(1);
    const slow = client(port);
    await untilClosed(slow);
    const slower = client(port);
    slower.socket.write(head('Content-Length: 1000'));
    await untilClosed(slower);
    // By now the first request is older than an incomplete request may be.
    expect(waiting.text()).toBe('');
    answered.resolve({ kind: 'stored', rejected: [] });
    await expect.poll(waiting.text, DEADLINE).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'this is not an HTTP request'],
  ['headers without an end', head(`a: ${'x'.repeat(40_000)}`), 431, 'the headers are too large'],
])('%s is answered in words', async (_name, bytes, status, says) => {
  const { port, registry } = await startServer();
  const broken = client(port);
  broken.socket.write(bytes);
  await untilClosed(broken);
  expect(broken.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*"error":"${says}`));
  expect(await registry.metrics()).toContain(`push_requests_total{status="${status}"} 1`);
});

describe('a connection beyond the maximum', () => {
  test('is closed at once and counted, while those before it are served', async () => {
    const { port, registry } = await startServer({ limits: { connectionsMax: 2 } });
    const served = [client(port), client(port)];
    for (const { socket } of served) socket.write(wholeRequest());
    for (const { text } of served) await expect.poll(text, DEADLINE).toContain('HTTP/1.1 200');
    const further = client(port);
    further.socket.write(wholeRequest());
    await untilClosed(further);
    expect(further.text()).toBe('');
    expect(await registry.metrics()).toContain('push_refused_connections_total 1');
    expect(served.map(({ isClosed }) => isClosed())).toEqual([false, false]);
  });

  test('is accepted once another one has gone', async () => {
    const { port } = await startServer({ limits: { connectionsMax: 1 } });
    const first = client(port);
    first.socket.write(wholeRequest());
    await expect.poll(first.text, DEADLINE).toContain('HTTP/1.1 200');
    first.socket.destroy();
    const answer = async (): Promise<string> => {
      const next = client(port);
      next.socket.write(wholeRequest());
      await expect.poll(() => next.isClosed() || next.text() !== '', DEADLINE).toBe(true);
      return next.text();
    };
    await expect.poll(answer, DEADLINE).toContain('HTTP/1.1 200');
  });
});
