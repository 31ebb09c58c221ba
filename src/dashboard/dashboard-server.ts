import { timingSafeEqual } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { createApp, serve } from '../lib/serve/http-server.ts';
import type { FleetFeed } from './fleet-feed.ts';
import { readPageFiles } from './page-files.ts';

/** What the server needs. */
export interface DashboardServerOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly feed: FleetFeed;
  /** A text that nobody can guess: whoever has it may look. */
  readonly token: string;
}

/** A listening dashboard. */
export interface DashboardServer {
  /** Opens the page; contains the token. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const COOKIE = 'dashboard';
/** Pages that look at the same time. */
const WATCHERS_MAX = 16;

/**
 * Serves the page and what it shows, on 127.0.0.1 only, to whoever has the token. It answers only requests that name this host: a web
 * page of somebody else, whose name leads to 127.0.0.1, cannot read it.
 *
 * @throws when the port is taken.
 */
export async function startDashboardServer(
  options: DashboardServerOptions,
): Promise<DashboardServer> {
  const { feed, token } = options;
  const { contentSecurityPolicy, files } = readPageFiles();
  const app = createApp();
  app.use((request, response, next) => {
    response.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': contentSecurityPolicy,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
    if (!isThisHost(request)) {
      response.status(421).type('text').send('this server answers only on 127.0.0.1\n');
    } else if (request.method !== 'GET') {
      response.status(405).set('Allow', 'GET').type('text').send('this page only reads\n');
    } else if (request.path === '/open') {
      open(request, response, token);
    } else if (isEqual(cookieOf(request), token)) {
      next();
    } else {
      response.status(403).type('text').send('open the address that the command has printed\n');
    }
  });
  addEvents(app, feed);
  addDetails(app, feed);
  app.use((request, response) => {
    const file = files.get(request.path);
    if (file === undefined) response.status(404).type('text').send('not found\n');
    else response.type(file.type).send(file.content);
  });
  const server = await serve(app, options.port, HOST);
  return {
    url: `http://${HOST}:${server.port}/open?token=${token}`,
    close: () => server.close(),
  };
}

function isThisHost({ headers: { host = '' }, socket: { localPort } }: Request): boolean {
  return [HOST, 'localhost'].some((name) => host === `${name}:${localPort ?? 0}`);
}

/** Exchanges the token of the address for a cookie, so that it is not in the address of the page. */
function open(request: Request, response: Response, token: string): void {
  const given = request.query['token'];
  if (typeof given !== 'string' || !isEqual(given, token)) {
    response.status(403).type('text').send('the token is wrong: start the command again\n');
    return;
  }
  response.set('Set-Cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`);
  response.redirect(303, '/');
}

function cookieOf({ headers: { cookie = '' } }: Request): string {
  const [, value = ''] = new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(cookie) ?? [];
  return value;
}

function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Server-sent events: the last snapshot, the values of those before, and each new snapshot. */
function addEvents(app: Express, feed: FleetFeed): void {
  let watchers = 0;
  app.get('/api/fleet', (request, response) => {
    if (watchers === WATCHERS_MAX) {
      response.status(503).type('text').send(`${WATCHERS_MAX} pages are open already\n`);
      return;
    }
    watchers++;
    response.type('text/event-stream');
    const send = (event: string, data: unknown): void => {
      // A page that does not read gets the next snapshot instead.
      if (response.writableNeedDrain) return;
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const latest = feed.latest();
    if (latest !== undefined) send('snapshot', latest);
    // After the snapshot, whose values they contain.
    send('histories', feed.histories());
    const stop = feed.watch((snapshot) => {
      send('snapshot', snapshot);
    });
    request.on('close', () => {
      watchers--;
      stop();
    });
  });
}

/** One exporter in detail, out of the last reading: asking for it asks nobody else. */
function addDetails(app: Express, feed: FleetFeed): void {
  app.get('/api/exporter', ({ query }, response) => {
    const { name, namespace } = query;
    if (typeof name !== 'string' || typeof namespace !== 'string') {
      response.status(400).type('text').send('name a namespace and a name\n');
      return;
    }
    const details = feed.details({ namespace, name });
    if (details === undefined) {
      const sentence =
        feed.latest() === undefined
          ? 'nothing was read yet: ask again'
          : `there is no KafkaExporter ${name} in namespace ${namespace}: it was deleted, or the command shows another namespace`;
      response.status(404).type('text').send(`${sentence}\n`);
      return;
    }
    response.json(details);
  });
}
