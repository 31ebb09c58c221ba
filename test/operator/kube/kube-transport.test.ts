import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubeConnection } from '../../../src/operator/kube/kube-connection.ts';
import { KubeError } from '../../../src/operator/kube/kube-error.ts';
import {
  createKubeTransport,
  type KubeTransport,
} from '../../../src/operator/kube/kube-transport.ts';
import { createManualClock } from '../../lib/manual-clock.ts';

let server: Server | undefined;
let transport: KubeTransport | undefined;

afterEach(async () => {
  await transport?.close();
  server?.close();
});

/** A transport to the test's own server. Every authorization gets the next token. */
async function open(listener: RequestListener): Promise<{
  send: (path?: string) => Promise<string>;
  clock: ReturnType<typeof createManualClock>;
  codes: string[];
  connections: () => number;
}> {
  let connections = 0;
  const started = createServer(listener);
  started.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  server = started;
  const address = started.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  let tokens = 0;
  const connection: KubeConnection = {
    server: `http://127.0.0.1:${port}`,
    inCluster: false,
    authorize: () => {
      tokens += 1;
      return Promise.resolve({ headers: { authorization: `Bearer ${tokens}` }, tls: {} });
    },
  };
  const codes: string[] = [];
  const clock = createManualClock();
  const opened = createKubeTransport({ connection, clock, onCall: ({ code }) => codes.push(code) });
  transport = opened;
  const send = async (path = '/x'): Promise<string> =>
    (await opened.send({ method: 'GET', path })).text();
  return { send, clock, codes, connections: () => connections };
}

describe('the transport', () => {
  it('keeps connections and asks for a new token once a minute', async () => {
    const { send, clock, connections } = await open((request, response) => {
      response.end(request.headers.authorization);
    });
    const answers = new Set<string>();
    for (let call = 0; call < 50; call += 1) answers.add(await send());
    expect([...answers]).toEqual(['Bearer 1']);
    expect(connections()).toBeLessThanOrEqual(2);
    await clock.advance(60_001);
    expect(await send()).toBe('Bearer 2');
  });

  it('asks for a new token after a 401', async () => {
    const { send, codes } = await open((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer 1' ? 401 : 200;
      response.end('fine');
    });
    await expect(send()).rejects.toMatchObject({ failure: 'unauthorized' });
    expect(await send()).toBe('fine');
    expect(codes).toEqual(['401', '200']);
  });

  it.each([
    [
      'the message of the API server',
      {
        kind: 'Status',
        reason: 'TooManyRequests',
        message: 'slow down',
        details: { retryAfterSeconds: 3 },
      },
      { status: 429, reason: 'TooManyRequests', message: 'slow down', retryAfterMs: 3_000 },
    ],
    [
      'the HTTP status if a proxy answers with HTML',
      '<html>',
      { status: 429, reason: '', message: 'HTTP 429', retryAfterMs: 7_000 },
    ],
  ])('fails with %s', async (_name, body, detail) => {
    const { send } = await open((_request, response) => {
      response.statusCode = 429;
      response.setHeader('retry-after', '7');
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const error: unknown = await send().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({ detail, failure: 'transient' });
  });

  it('fails as transient when there is no answer', async () => {
    const { send, codes } = await open((request) => {
      request.socket.destroy();
    });
    await expect(send()).rejects.toMatchObject({ failure: 'transient' });
    expect(codes).toEqual(['<error>']);
  });
});
