import type { Server } from 'node:http';
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import { type ListeningServer, listeningServer } from './listening-server.ts';

/** The answers of a server, and its additional routes. */
export interface HttpServerOptions {
  readonly port: number;
  readonly registry: Registry;
  /** False makes `/livez` answer 500, so that the kubelet restarts the container. */
  readonly isLive: () => boolean;
  /** Undefined when ready. Otherwise the sentence that `/readyz` returns with 503. */
  readonly notReady: () => string | undefined;
  /** Adds the routes of the caller. */
  readonly routes?: (app: Express) => void;
}

/**
 * Serves `/livez` (also as `/healthz`, the name in controller-runtime), `/readyz`, `/metrics` (Prometheus text) and the caller's routes on all addresses.
 *
 * @throws when the port cannot be bound.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<ListeningServer> {
  const app = createApp();
  app.get(['/livez', '/healthz'], (_request, response) => {
    const live = options.isLive();
    response
      .status(live ? 200 : 500)
      .type('text')
      .send(live ? 'ok\n' : 'not live\n');
  });
  app.get('/readyz', (_request, response) => {
    const reason = options.notReady();
    response
      .status(reason === undefined ? 200 : 503)
      .type('text')
      .send(`${reason ?? 'ok'}\n`);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(options.registry.contentType).send(await options.registry.metrics());
  });
  options.routes?.(app);
  return serve(app, options.port);
}

/** An app without routes, which does not say what it is made of. */
export function createApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  return app;
}

/**
 * Serves an app until it is closed. Closing ends its connections.
 *
 * @param host the address to listen on; undefined: all.
 * @throws when the port cannot be bound.
 */
export async function serve(app: Express, port: number, host?: string): Promise<ListeningServer> {
  const server = await listen(app, port, host);
  return listeningServer(server, port);
}

function listen(app: Express, port: number, host = ''): Promise<Server> {
  return new Promise((resolve, reject) => {
    const onListening = (error?: Error): void => {
      if (error === undefined) resolve(server);
      else {
        const words = `cannot listen on port ${port}: choose another with --port`;
        reject(new Error(words, { cause: error }));
      }
    };
    const server =
      host === '' ? app.listen(port, onListening) : app.listen(port, host, onListening);
  });
}
