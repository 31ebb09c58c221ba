import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import {
  type AddressChange,
  type ClickHouseAccesses,
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import type { ClickHouseCredentials } from '../../../../src/exporter/source/clickhouse/connection/clickhouse-access.ts';
import { systemClock } from '../../../../src/lib/clock.ts';

/**
 * Starts a server that answers as the test defines until the test ends, and returns its URL. When
 * it is queried for its settings, it returns those that queries state.
 */
export async function startAnswering(
  answer: (request: IncomingMessage, response: ServerResponse, query: string) => void,
  settings: (query: string) => readonly FoundSetting[] = statedIn,
): Promise<string> {
  const server = createServer((request, response) => {
    if (request.method !== 'POST') answer(request, response, '');
    else
      void text(request).then((query) => {
        if (query.includes('FROM system.settings')) response.end(JSON.stringify(settings(query)));
        else answer(request, response, query);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The name and value, and `1` when the user cannot change the setting. */
type FoundSetting = readonly [name: string, value: string, isFixed: '0' | '1'];

/** The settings that a query states, all of which the user may change. */
export function statedIn(query: string): FoundSetting[] {
  const stated = query.matchAll(/`(\w+)` = (?:'(.*?)'|([^\s,]+))/g);
  return [...stated].map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare, '0']);
}

/** ClickHouse at an address, watched until the test ends. */
export function watchAddress(
  url: string,
  {
    access = {},
    credentials = () => ({}),
    onChange = () => undefined,
  }: {
    readonly access?: Partial<ClickHouseAccesses>;
    readonly credentials?: () => ClickHouseCredentials;
    readonly onChange?: (change: AddressChange) => void;
  } = {},
): ClickHouseAddresses {
  const addresses = createClickHouseAddresses(
    { clock: systemClock, random: Math.random, onChange },
    { url, replicaUrls: [], authenticated: false, requestTimeoutMs: 30_000, ...access },
    credentials,
  );
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  void addresses.watch(stop.signal);
  return addresses;
}

/** The error of a query. @throws when the query succeeds. */
export async function problemOf(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    (answer: unknown) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ('answer' in outcome) throw new Error('the query was answered');
  return outcome.error;
}
