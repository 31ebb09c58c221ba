import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import Connection from 'kafkajs/src/network/connection.js';
import type { Protocol } from 'kafkajs/src/network/protocol.js';
import { openSocket } from '../../../../src/exporter/kafka/session/open-socket.ts';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SILENT } from '../../../../src/exporter/kafka/session/cluster.ts';
import { patchKafkajs } from '../../../../src/exporter/kafka/kafkajs/kafkajs-patches.ts';

const API_VERSIONS = 18;
const REQUEST_TIMEOUT_MS = 1_000;
const HEAD_BYTES = 8;

patchKafkajs();

/** A request without a body, whose answer is not decoded. */
function request(
  encode = (): Promise<Encoder> => Promise.resolve(new Encoder()),
): Protocol<Buffer> {
  return {
    request: { apiKey: API_VERSIONS, apiVersion: 0, apiName: 'ApiVersions', encode },
    response: {
      decode: (payload) => Promise.resolve(payload),
      parse: (data) => Promise.resolve(data),
    },
  };
}

/** The answer to a request: its length, its number, and text. */
function answerTo(frame: Buffer, text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeInt32BE(4 + body.length, 0);
  frame.copy(head, 4, 8, 12);
  return Buffer.concat([head, body]);
}

/**
 * A connection to a server that handles each of its sockets with one of these functions, in order.
 */
async function connectionTo(
  ...behaviours: readonly ((socket: Socket, frame: Buffer) => void)[]
): Promise<Connection> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const behave = behaviours[sockets.length] ?? behaviours.at(-1);
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (frame: Buffer) => behave?.(socket, frame));
  });
  const connection = await openTo(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await connection.connect();
  return connection;
}

/** A connection to a server that is not connected yet. With options, it uses TLS. */
async function openTo(server: Server, ssl?: object): Promise<Connection> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = new Connection({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    logger: SILENT,
    socketFactory: openSocket,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: 5_000,
    enforceRequestTimeout: true,
    ssl,
  });
  onTestFinished(async () => {
    await connection.disconnect();
    server.close();
  });
  return connection;
}

const answers = (socket: Socket, frame: Buffer): void => {
  socket.write(answerTo(frame, 'an answer'));
};

describe('a connection of kafkajs', () => {
  test('reads the answers of its next socket from their start, after half of one on the last', async () => {
    const connection = await connectionTo((socket, frame) => {
      socket.end(answerTo(frame, 'an answer of which half is lost').subarray(0, 20));
    }, answers);
    await expect(connection.send(request())).rejects.toThrow('Closed connection');
    await connection.connect();
    expect(String(await connection.send(request()))).toBe('an answer');
  });

  test('that does not answer in time is dropped, with all requests that wait for it', async () => {
    const connection = await connectionTo(() => undefined, answers);
    const late = connection.send(request());
    const failed = expect(late).rejects.toThrow('timed out');
    await new Promise((resolve) => setTimeout(resolve, REQUEST_TIMEOUT_MS / 2));
    // Its own time is not over yet: it would be said to have timed out.
    await expect(connection.send(request())).rejects.toThrow('Closed connection');
    await failed;
    await connection.connect();
    expect(String(await connection.send(request()))).toBe('an answer');
  });

  test('writes no request to another socket than the one on which it was logged in', async () => {
    const connection = await connectionTo((socket) => socket.destroy(), answers);
    const encoded = Promise.withResolvers<Encoder>();
    const slow = connection.send(request(() => encoded.promise));
    const failed = expect(slow).rejects.toThrow('Closed connection');
    await expect(connection.send(request())).rejects.toThrow();
    await connection.connect();
    encoded.resolve(new Encoder());
    await failed;
  });

  test('whose socket ends before it is connected fails, and blocks no request', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end();
    });
    const connection = await openTo(server, {});
    for (let attempt = 0; attempt < 10; attempt++) {
      // Not that the time for connecting was over.
      await expect(connection.connect()).rejects.toThrow(/^(?!.*timeout)/i);
    }
  });

  test('that works is closed when its requests are answered', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const connection = await connectionTo((socket, frame) => {
      arrived.resolve(undefined);
      setTimeout(() => {
        answers(socket, frame);
      }, 50);
    });
    const asked = connection.send(request());
    await arrived.promise;
    await connection.disconnect();
    expect(String(await asked)).toBe('an answer');
  });
});
