import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DashboardServer,
  startDashboardServer,
} from '../../src/dashboard/dashboard-server.ts';
import type { FleetFeed, OnSnapshot } from '../../src/dashboard/fleet-feed.ts';
import { until } from '../lib/until.ts';
import { sampleDetails, sampleRow } from './sample-rows.ts';

const TOKEN = 'a-token-that-nobody-can-guess';
const COOKIE = `dashboard=${TOKEN}`;
const listeners = new Set<OnSnapshot>();
const feed: FleetFeed = {
  latest: () => ({ atMs: 1, rows: [sampleRow()], totals: [], gaps: [] }),
  histories: () => ({ 'observability/flow-logs': { lag: [30], records: [null], errors: [0] } }),
  details: ({ name, namespace }) =>
    name === 'flow-logs' ? sampleDetails({ namespace, name }) : undefined,
  watch: (listener) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  stop: () => undefined,
};

let server: DashboardServer;
let port: string;

beforeAll(async () => {
  server = await startDashboardServer({ port: 0, feed, token: TOKEN });
  ({ port } = new URL(server.url));
});
afterAll(() => server.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends a request as it is: fetch would not let a test choose the host. */
async function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, resolve).on('error', reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const asUser = { cookie: COOKIE };
const EXPORTER = '/api/exporter?namespace=team&name=flow-logs';

describe('the dashboard answers', () => {
  test('who opens its address, and keeps the token out of the address of the page', async () => {
    const opened = await ask(`/open?token=${TOKEN}`);
    expect(opened).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(opened.headers['set-cookie']).toEqual([`${COOKIE}; HttpOnly; SameSite=Strict; Path=/`]);
    const page = await ask('/', asUser);
    expect(page).toMatchObject({
      status: 200,
      body: expect.stringContaining('<!doctype html>') as string,
    });
  });

  test.each([
    ['nobody without the token', '/', {}, 'GET', 403],
    ['nobody with another token', '/open?token=x', {}, 'GET', 403],
    ['nobody with another cookie', '/api/fleet', { cookie: 'dashboard=x' }, 'GET', 403],
    ['no details without the token', EXPORTER, {}, 'GET', 403],
    [
      'no details to a web page whose name leads here',
      EXPORTER,
      { ...asUser, host: 'x' },
      'GET',
      421,
    ],
    ['no change of an exporter', EXPORTER, asUser, 'PUT', 405],
    ['no details without a name', '/api/exporter?namespace=team', asUser, 'GET', 400],
    ['no details of two names', `${EXPORTER}&name=b`, asUser, 'GET', 400],
    ['no web page whose name leads here', '/', { ...asUser, host: 'evil.example.com' }, 'GET', 421],
    ['no other port', '/', { ...asUser, host: '127.0.0.1:1' }, 'GET', 421],
    ['no request that could change something', '/', asUser, 'POST', 405],
    ['no file that is not of the page', '/page/../../package.json', asUser, 'GET', 404],
  ])('%s', async (_name, path, headers, method, status) => {
    expect((await ask(path, headers, method)).status).toBe(status);
  });

  test('with a policy by which the page loads nothing from elsewhere', async () => {
    const { headers } = await ask('/', asUser);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-[^']+'; style-src 'self'; connect-src 'self'/,
    );
    expect(headers['cache-control']).toBe('no-store');
  });
});

test('the details of an exporter are for who has the token', async () => {
  const { body, headers, status } = await ask(EXPORTER, asUser);
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  expect(JSON.parse(body)).toEqual(sampleDetails({ namespace: 'team', name: 'flow-logs' }));
});

test('an exporter that is not there is answered with a sentence', async () => {
  const { body, headers, status } = await ask('/api/exporter?namespace=team&name=%3Cb%3E', asUser);
  expect(status).toBe(404);
  expect(headers['content-type']).toMatch(/^text\/plain/);
  expect(body).toBe(
    'there is no KafkaExporter <b> in namespace team: it was deleted, or the command shows another namespace\n',
  );
});

test('events begin with what was read last and before, and go on with each snapshot', async () => {
  const events: string[] = [];
  const end = new AbortController();
  const response = await fetch(`http://127.0.0.1:${port}/api/fleet`, {
    headers: asUser,
    signal: end.signal,
  });
  const reading = (async () => {
    for await (const chunk of response.body ?? []) events.push(Buffer.from(chunk).toString());
  })();
  await until('the first events', () => events.join('').includes('event: histories'));
  for (const listener of listeners) listener({ atMs: 2, rows: [], totals: [], gaps: [] });
  await until('the next one', () => events.join('').includes('"atMs":2'));
  expect(events.join('')).toMatch(
    /^event: snapshot\n.+\n\nevent: histories\ndata: \{"observability\/flow-logs":/,
  );
  end.abort();
  await expect(reading).rejects.toThrow();
  await until('the end of the watch', () => listeners.size === 0);
});

test('a port that is taken is refused, with what to do', async () => {
  const taken = { port: Number(port), feed, token: TOKEN };
  await expect(startDashboardServer(taken)).rejects.toThrow(
    `cannot listen on port ${port}: choose another with --port`,
  );
});

test('only some pages may look at the same time', async () => {
  const end = new AbortController();
  const open = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/api/fleet`, { headers: asUser, signal: end.signal });
  const pages = await Promise.all(Array.from({ length: 16 }, open));
  expect(pages.every(({ status }) => status === 200)).toBe(true);
  expect((await open()).status).toBe(503);
  end.abort();
  await until('the end of all', () => listeners.size === 0);
});
