import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { freePorts } from '../harness/process/free-ports.ts';
import { until } from '../lib/until.ts';
import { type Proxy, startProxy } from './proxy.ts';

/** A client that is connected, through a proxy, to a server that answers with what it gets. */
interface Echo {
  readonly proxy: Proxy;
  readonly client: Socket;
  /** What came back. */
  readonly received: () => string;
  /** What the server got. */
  readonly served: () => string;
}

async function startEcho(onEnd: (end: () => Promise<void>) => void): Promise<Echo> {
  let served = '';
  let received = '';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      served += chunk.toString();
      socket.write(chunk);
    });
  });
  const [target = 0, listen = 0] = await freePorts(2);
  server.listen(target, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startProxy({ listen, target });
  const client = connect({ port: listen, host: '127.0.0.1', allowHalfOpen: true });
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  client.on('error', () => undefined);
  onEnd(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });
  await once(client, 'connect');
  client.write('first ');
  await until('“first”', () => received === 'first ');
  return { proxy, client, received: () => received, served: () => served };
}

// Longer than what a test waits for, so that its own words are what fails.
vi.setConfig({ testTimeout: 180_000 });

test('a reset reaches the client as one', async ({ onTestFinished }) => {
  const { proxy, client } = await startEcho(onTestFinished);
  const failed = once(client, 'error');
  proxy.reset();
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('a connection is reset in the middle of an answer', async ({ onTestFinished }) => {
  const { proxy, client } = await startEcho(onTestFinished);
  const failed = once(client, 'error');
  proxy.resetAfter(3);
  client.write('second');
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('nothing comes through a stalled connection, and everything afterwards', async ({
  onTestFinished,
}) => {
  const { proxy, client, received, served } = await startEcho(onTestFinished);
  proxy.setMode({ kind: 'stall' });
  client.write('second');
  await expect(until('more', () => served() !== 'first ', { deadlineMs: 500 })).rejects.toThrow(
    'more',
  );
  proxy.setMode({ kind: 'pass' });
  await until('“first second”', () => received() === 'first second');
});

test('the server gets everything while its answers stay away', async ({ onTestFinished }) => {
  const { proxy, client, received, served } = await startEcho(onTestFinished);
  proxy.setMode({ kind: 'no answers' });
  client.write('second');
  await until('“first second”', () => served() === 'first second');
  expect(received()).toBe('first ');
});

test('a slow connection carries no more than it may', async ({ onTestFinished }) => {
  const { proxy, client, received } = await startEcho(onTestFinished);
  proxy.setMode({ kind: 'slow', bytesPerSecond: 1_000 });
  const startMs = performance.now();
  client.write('x'.repeat(1_000));
  await until('all of it', () => received().length === 1_006);
  expect(performance.now() - startMs).toBeGreaterThan(800);
});

test('a refusing proxy resets connections, those of before and new ones', async ({
  onTestFinished,
}) => {
  const { proxy, client } = await startEcho(onTestFinished);
  const port = client.remotePort ?? 0;
  const failed = once(client, 'error');
  proxy.setMode({ kind: 'refuse' });
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  const again = connect({ port, host: '127.0.0.1' });
  expect(await once(again, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('a half closed connection ends for the client alone', async ({ onTestFinished }) => {
  const { proxy, client, served } = await startEcho(onTestFinished);
  const ended = once(client, 'end');
  proxy.halfClose();
  await ended;
  client.write('second');
  await until('“first second”', () => served() === 'first second');
});
