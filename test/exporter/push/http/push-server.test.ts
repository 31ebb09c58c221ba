import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type Encoding, ENCODINGS } from '../../../../src/exporter/push/http/read-body.ts';
import { type Behaviour, startServer } from './server-under-test.ts';

const L7 = 'flow_log.l7_flow_log';
const answerSchema = z.looseObject({ error: z.string().optional() });
type Answer = z.infer<typeof answerSchema> & { readonly status: number };

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces?: readonly Buffer[];
}

/** Sends a request in pieces, unlike ordinary clients, and reads the answer. */
async function send(
  port: number,
  sent: Sent,
): Promise<Answer & { readonly response: IncomingMessage }> {
  const { method = 'POST', path = `/v1/records/${L7}`, headers = {}, pieces = [] } = sent;
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  for (const piece of pieces) request.write(piece);
  request.end();
  const response = await answered;
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode ?? 0, response, ...answerSchema.parse(JSON.parse(text)) };
}

const line = (rest = ''): string => `{"time":1700000000${rest}}`;
const body = (...lines: string[]): Buffer[] => [Buffer.from(lines.join('\n'))];

describe('a push is answered', () => {
  test('with the result of its lines', async () => {
    const { port, jobs, registry } = await startServer({
      outcome: { kind: 'stored', rejected: [{ row: 1, reason: 'tooLarge' }] },
    });
    const pieces = body(
      line(),
      '',
      line(',"server_port":53'),
      'nonsense',
      line(',"server_port":80'),
      '{"server_port":80}',
      line(',"server_port":81'),
    );
    expect(await send(port, { pieces })).toMatchObject({
      status: 200,
      accepted: 2,
      filtered: 1,
      rejected: [
        { line: 4, reason: expect.stringContaining('must be a JSON object') as string },
        { line: 5, reason: expect.stringContaining('larger than its topic allows') as string },
        { line: 6, reason: expect.stringContaining('time must be') as string },
      ],
      rejectedTotal: 3,
    });
    expect(jobs.map(({ batch }) => batch.numRows)).toEqual([3]);
    const metrics = await registry.metrics();
    expect(metrics).toContain('push_requests_total{status="200"} 1');
    expect(metrics).toContain(`push_rejected_lines_total{data_source="${L7}",reason="noTime"} 1`);
    expect(metrics).toContain('push_held_bytes 0');
  });

  test('without sending anything when no line is valid or passes', async () => {
    const { port, jobs } = await startServer();
    expect(await send(port, { pieces: body('a', 'b') })).toMatchObject({
      status: 400,
      accepted: 0,
      rejectedTotal: 2,
    });
    const filtered = body(line(',"server_port":53'));
    expect(await send(port, { pieces: filtered })).toMatchObject({ status: 200, filtered: 1 });
    expect(await send(port, { pieces: body('') })).toMatchObject({ status: 200, accepted: 0 });
    expect(jobs).toEqual([]);
  });

  test('with the first hundred bad lines of many', async () => {
    const { port } = await startServer();
    const answer = await send(port, { pieces: body(...new Array<string>(300).fill('x'), line()) });
    expect(answer).toMatchObject({ status: 200, accepted: 1, rejectedTotal: 300 });
    expect(answer['rejected']).toHaveLength(100);
  });

  test('with the names that no column has, and the nearest column of each', async () => {
    const { port } = await startServer();
    const pieces = body(
      line(',"server_prt":80'),
      line(',"server_port":80'),
      line(',"server_prt":1,"x":0'),
    );
    expect(await send(port, { pieces })).toMatchObject({
      status: 200,
      accepted: 3,
      unknownColumns: [
        { column: 'server_prt', lines: 2, nearest: 'server_port' },
        { column: 'x', lines: 1 },
      ],
    });
    expect(await send(port, { pieces: body(line()) })).not.toHaveProperty('unknownColumns');
    const many = Array.from({ length: 30 }, (_, i) => `,"unknown_${i}${'x'.repeat(100)}":1`);
    const { unknownColumns } = await send(port, { pieces: body(line(many.join(''))) });
    expect(unknownColumns).toHaveLength(10);
    expect(JSON.stringify(unknownColumns).length).toBeLessThan(2_000);
  });

  const chunked = { 'transfer-encoding': 'chunked' };
  const gzipped = (text: string): Buffer[] => [gzipSync(text)];
  const twoFrames = Buffer.concat([zstdCompressSync(line()), zstdCompressSync(line())]);
  test.each<[string, Sent, Behaviour, number, string]>([
    [
      'another path',
      { path: '/' },
      {},
      404,
      `POST to /v1/records/<data source>, where the data source is one of ${L7}`,
    ],
    ['an unknown data source', { path: '/v1/records/x' }, {}, 404, `spec.dataSources has ${L7}`],
    ['another method', { method: 'PUT' }, {}, 405, 'PUT is not allowed: use POST'],
    [
      'another encoding',
      { headers: { 'content-encoding': 'br' } },
      {},
      415,
      'use identity, gzip, zstd',
    ],
    [
      'a large body',
      { headers: { 'content-length': '1025' } },
      { http: { maxBodyBytes: 1_024 } },
      413,
      'more than 1024 bytes',
    ],
    [
      'one without a length',
      { headers: chunked, pieces: [Buffer.alloc(1_025)] },
      { http: { maxBodyBytes: 1_024 } },
      413,
      'send fewer lines at once',
    ],
    [
      'one that is large when decoded',
      { headers: { 'content-encoding': 'gzip' }, pieces: gzipped(' '.repeat(2_000)) },
      { http: { maxBodyBytes: 1_024 } },
      413,
      'maxBodyBytes',
    ],
    [
      'a body that is no gzip',
      { headers: { 'content-encoding': 'gzip' }, pieces: body('x') },
      {},
      400,
      'the body is not valid gzip',
    ],
    [
      'a body that is no zstd',
      { headers: { 'content-encoding': 'zstd' }, pieces: body('xxxxxx') },
      {},
      400,
      'the body is not valid zstd',
    ],
    [
      'a body that breaks off',
      { headers: { 'content-encoding': 'gzip' }, pieces: [gzipSync(line()).subarray(0, 20)] },
      {},
      400,
      'unexpected end of file',
    ],
    [
      'two frames of zstd',
      { headers: { 'content-encoding': 'zstd' }, pieces: [twoFrames] },
      {},
      400,
      'one zstd frame',
    ],
    [
      'two frames in pieces',
      {
        headers: { 'content-encoding': 'zstd' },
        pieces: [twoFrames.subarray(0, 9), twoFrames.subarray(9)],
      },
      {},
      400,
      'one zstd frame',
    ],
    ['no token', {}, { token: 'secret' }, 401, 'spec.source.http.bearerTokenSecretRef'],
    [
      'a wrong token',
      { headers: { authorization: 'Bearer secre' } },
      { token: 'secret' },
      401,
      'Bearer TOKEN',
    ],
    [
      'an empty token where the Secret has none',
      { headers: { authorization: 'Bearer ' } },
      { token: '' },
      401,
      'Bearer TOKEN',
    ],
    [
      'other bodies in memory',
      { pieces: [Buffer.alloc(2_000)] },
      { held: 9_000, http: { maxBufferedBytes: 10_000 } },
      503,
      'maxBufferedBytes',
    ],
    [
      'short lines whose rows need more memory than there is',
      { pieces: body('{"time":1700000000}\n'.repeat(1_000)) },
      { http: { maxBufferedBytes: 100_000 } },
      413,
      'the rows of this body need more memory than this exporter may use, 100000 bytes',
    ],
    [
      'a topic that Kafka lacks',
      { pieces: body(line()) },
      { missingTopic: 'calls' },
      503,
      'topic calls does not exist',
    ],
    ['an exporter that stops', { pieces: body(line()) }, { isStopping: true }, 503, 'is stopping'],
    [
      'a Kafka that takes nothing',
      { pieces: body(line()) },
      { outcome: { kind: 'refused', reason: 'why' } },
      503,
      'none of them is stored',
    ],
    [
      'a Kafka that takes nothing, without transactions',
      { pieces: body(line()) },
      { outcome: { kind: 'refused', reason: 'why' }, isAtomic: false },
      503,
      'some of them may be stored',
    ],
    [
      'a Kafka that says nothing',
      { pieces: body(line()) },
      { outcome: { kind: 'uncertain', reason: 'why' } },
      504,
      'may be stored twice',
    ],
  ])('in words with %s', async (_name, sent, behaviour, status, says) => {
    const { port, budget } = await startServer(behaviour);
    const answer = await send(port, sent);
    expect(answer).toMatchObject({ status, error: expect.stringContaining(says) as string });
    expect(answer.response.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
    expect(budget.held).toBe('held' in behaviour ? behaviour.held : 0);
  });

  test('with only the first of many wrong lines, and their number', async () => {
    const { port, registry } = await startServer();
    const { rejected, rejectedTotal } = await send(port, { pieces: body('0\n'.repeat(5_000)) });
    expect(rejected).toHaveLength(100);
    expect(rejectedTotal).toBe(5_000);
    expect(await registry.metrics()).toMatch(/rejected_lines_total\{[^}]*reason="notJson"\} 5000/);
  });

  test('with the right token, also with a line break in its Secret', async () => {
    const { port } = await startServer({ token: 'secret\n' });
    const headers = { authorization: 'Bearer secret' };
    expect((await send(port, { headers, pieces: body(line()) })).status).toBe(200);
  });

  test('without a zstd window that would need too much memory', async () => {
    const { port } = await startServer();
    const compress = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 25 } });
    compress.write(Buffer.alloc(5_000_000, ' '));
    compress.end();
    const pieces: Buffer[] = [];
    for await (const piece of compress) pieces.push(z.instanceof(Buffer).parse(piece));
    const answer = await send(port, { headers: { 'content-encoding': 'zstd' }, pieces });
    expect(answer.error).toContain('zstd window of more than 4194304 bytes');
  });

  test('in words without a length', async () => {
    const { port } = await startServer();
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST /v1/records/${L7} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const piece of socket) text += String(piece);
    expect(text).toMatch(/^HTTP\/1.1 411 [^]*Content-Length or a chunked/);
  });

  test('before its body when the client waits for that', async () => {
    const { port } = await startServer({ token: 'secret' });
    const expects = { expect: '100-continue', 'content-length': '10' };
    const path = `/v1/records/${L7}`;
    const ask = async (headers: Record<string, string>): Promise<string> => {
      const options = { host: '127.0.0.1', port, method: 'POST', path, agent: false };
      const request = httpRequest({ ...options, headers: { ...expects, ...headers } });
      onTestFinished(() => {
        request.destroy();
      });
      return new Promise((resolve, reject) => {
        request.on('continue', () => {
          resolve('continue');
        });
        request.on('response', ({ statusCode }) => {
          resolve(String(statusCode));
        });
        request.on('error', reject);
        request.flushHeaders();
      });
    };
    expect(await ask({})).toBe('401');
    expect(await ask({ authorization: 'Bearer secret' })).toBe('continue');
  });
});

test('a client that disconnects during its body leaves nothing behind', async () => {
  const { port, budget, jobs, server } = await startServer();
  const path = `/v1/records/${L7}`;
  const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', path, agent: false });
  request.on('error', () => undefined);
  request.write(`${line()}\n`);
  while (budget.isEmpty) await new Promise(setImmediate);
  request.destroy();
  await server.idle();
  expect(budget.isEmpty).toBe(true);
  expect(jobs).toEqual([]);
});

const encoders: Readonly<Record<Encoding, (text: string) => Buffer>> = {
  identity: (text) => Buffer.from(text),
  gzip: gzipSync,
  zstd: zstdCompressSync,
};

test('a body is the same, however it is encoded and wherever it is cut', async () => {
  const { port, jobs } = await startServer();
  const ids = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 20 });
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(ids, fc.constantFrom(...ENCODINGS), cuts, async (texts, encoding, lengths) => {
      const lines = texts.map((text) => line(`,"trace_id":${JSON.stringify(text)}`));
      const encoded = encoders[encoding](lines.join('\r\n'));
      const pieces: Buffer[] = [];
      let at = 0;
      for (const length of lengths) {
        pieces.push(encoded.subarray(at, at + length));
        at += length;
      }
      pieces.push(encoded.subarray(at));
      jobs.length = 0;
      const headers = { 'content-encoding': encoding };
      const answer = await send(port, {
        headers,
        pieces: pieces.filter(({ length }) => length > 0),
      });
      expect(answer).toMatchObject({ status: 200, accepted: texts.length, rejectedTotal: 0 });
      const found: unknown[] = [];
      for (const { batch } of jobs) {
        for (const id of batch.getChild('trace_id') ?? []) found.push(id);
      }
      expect(found).toEqual(texts.map((text) => text.toWellFormed()));
    }),
    { numRuns: 200 },
  );
});
