import { once } from 'node:events';
import http from 'node:http';
import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { postForm } from '../../src/exporter/kafka/session/oauth/post-form.ts';
import { openSocket } from '../../src/exporter/kafka/session/open-socket.ts';
import { createAgent } from '../../src/exporter/source/clickhouse/connection/agents.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startSlowListener } from '../lib/slow-listener.ts';

/** A name with an A and an AAAA record, of which only the first is a way to the host. */
const lookup: LookupFunction = (_name, _options, found) => {
  found(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]);
};

/** So long the host drops what comes: the first packet, and not the second one. */
const REFUSED_MS = 100;
const HOST = 'two-addresses.invalid';

async function viaKafka(port: number): Promise<string> {
  const socket = openSocket({ host: HOST, port, ssl: null, onConnect: () => undefined, lookup });
  await once(socket, 'connect');
  const { remoteAddress = '' } = socket;
  socket.destroy();
  return remoteAddress;
}

async function viaTokenEndpoint(port: number): Promise<string> {
  const url = `http://${HOST}:${port}/`;
  const form = { url, headers: {}, body: '', ca: undefined, timeoutMs: 8_000, lookup };
  return (await postForm(form)).status === 200 ? '127.0.0.1' : '';
}

async function viaClickHouse(port: number): Promise<string> {
  const url = new URL(`http://${HOST}:${port}/`);
  const none = { ca: undefined, cert: undefined, key: undefined, servername: undefined };
  const tls = { ...none, rejectUnauthorized: true };
  const agent = createAgent(systemClock, url, { tls, keeps: false, maxConnections: 1, lookup });
  const request = http.get(url, { agent });
  await once(request, 'response');
  const { remoteAddress = '' } = request.socket ?? {};
  request.destroy();
  return remoteAddress;
}

test.each([
  ['a broker', viaKafka],
  ['a token endpoint', viaTokenEndpoint],
  ['ClickHouse', viaClickHouse],
])(
  '%s with two addresses is reached although the one that works takes a second',
  async (_name, via) => {
    const listener = await startSlowListener();
    onTestFinished(() => listener.stop());
    let isReleased = false;
    const reached = via(listener.port).then((address) => ({ address, isReleased }));
    await sleep(REFUSED_MS);
    isReleased = true;
    listener.release();
    // A connection before that would prove nothing.
    expect(await reached).toEqual({ address: '127.0.0.1', isReleased: true });
  },
);
