import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ProtocolReader } from './protocol-bytes.ts';
import type { ProducedBatch, Script } from './cluster-script.ts';
import { API, ClusterState, respond } from './scripted-responses.ts';

/**
 * Brokers on loopback that follow Kafka's protocol and a script. They are deterministic when real
 * brokers cannot be.
 */
export interface ScriptedCluster {
  /** `host:port` of each broker. */
  readonly endpoints: readonly string[];
  /** The stored batches in their order. A repeated batch with the same sequence is stored once. */
  readonly stored: readonly ProducedBatch[];
  /** How transactions ended. True: committed. True: committed. */
  readonly ends: readonly boolean[];
  /** How many requests came during a login. */
  readonly interrupted: () => number;
  /** How often the coordinator of a group or a transactional id was looked up. */
  readonly lookups: () => number;
  /** The index of the broker that leads each partition. */
  readonly leaders: Map<string, number[]>;
  close(): Promise<void>;
}

const ILLEGAL_SASL_STATE = 34;

/** Starts brokers that listen until `close`. The topics are those of `leaders`. */
export async function startScriptedCluster(
  leaders: Readonly<Record<string, number[]>>,
  script: Script = {},
): Promise<ScriptedCluster> {
  const state = new ClusterState(new Map(Object.entries(leaders)), script);
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    Array.from({ length: script.brokers ?? 1 }, async (_, broker) => {
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
        serve(socket, broker, state);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      state.ports.push((server.address() as AddressInfo).port);
      return server;
    }),
  );
  return {
    endpoints: state.ports.map((port) => `127.0.0.1:${port}`),
    stored: state.stored,
    ends: state.ends,
    interrupted: () => state.interrupted,
    lookups: () => state.lookups,
    leaders: state.leaders,
    close: async () => {
      const closed = servers.map((server) => once(server, 'close'));
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** Answers the requests of a connection one after the other, as brokers do. */
function serve(socket: Socket, broker: number, state: ClusterState): void {
  let waiting = Buffer.alloc(0);
  let isInLogin = false;
  let last = Promise.resolve();
  const answer = async (frame: Buffer): Promise<void> => {
    const reader = new ProtocolReader(frame);
    const request = { apiKey: reader.int16(), version: reader.int16(), reader };
    const correlation = reader.int32();
    reader.text();
    const isLogin = request.apiKey === API.saslAuthenticate;
    const isRefused = isInLogin && !isLogin;
    if (isRefused) state.interrupted++;
    const refusal = isRefused ? { errorCode: ILLEGAL_SASL_STATE } : undefined;
    const body = await respond(request, broker, { state, refusal });
    isInLogin = request.apiKey === API.saslHandshake;
    if (body === undefined) {
      socket.destroy();
      return;
    }
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + body.length, 0);
    head.writeInt32BE(correlation, 4);
    if (socket.writable) socket.write(Buffer.concat([head, body]));
    if (isRefused) socket.end();
  };
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE(0)) {
      const frame = waiting.subarray(4, 4 + waiting.readInt32BE(0));
      waiting = waiting.subarray(4 + frame.length);
      last = last.then(() => answer(frame));
    }
  });
}
