import { Gauge, Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startHttpServer } from '../../../src/lib/serve/http-server.ts';
import type { ListeningServer } from '../../../src/lib/serve/listening-server.ts';

let server: ListeningServer;
let live = true;
let reason: string | undefined;

beforeEach(async () => {
  [live, reason] = [true, undefined];
  const registry = new Registry();
  new Gauge({ name: 'answer', help: 'The answer.', registers: [registry] }).set(42);
  server = await startHttpServer({
    port: 0,
    registry,
    isLive: () => live,
    notReady: () => reason,
  });
});
afterEach(() => server.close());

async function answer(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return `${response.status} ${(await response.text()).trim()}`;
}

it.each(['/livez', '/healthz'])(
  'says at %s whether the process shall be restarted',
  async (path) => {
    expect(await answer(path)).toBe('200 ok');
    live = false;
    expect(await answer(path)).toBe('500 not live');
  },
);

it('says at /readyz whether it is ready, and why not', async () => {
  expect(await answer('/readyz')).toBe('200 ok');
  reason = 'not all objects are listed yet';
  expect(await answer('/readyz')).toBe('503 not all objects are listed yet');
});

it('gives the metrics to Prometheus', async () => {
  expect(await answer('/metrics')).toContain('answer 42');
});
