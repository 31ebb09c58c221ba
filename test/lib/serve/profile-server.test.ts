import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startProfileServer } from '../../../src/lib/serve/profile-server.ts';
import type { ListeningServer } from '../../../src/lib/serve/listening-server.ts';

let server: ListeningServer;
beforeAll(async () => {
  server = await startProfileServer(0);
});
afterAll(() => server.close());

const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`);

describe('profiles of the process', () => {
  it('are recorded for CPU and for the heap, as DevTools read them', async () => {
    const cpu = await get('/debug/pprof/profile?seconds=0.1');
    expect(
      z.looseObject({ nodes: z.array(z.unknown()).min(1) }).safeParse(await cpu.json()).success,
    ).toBe(true);
    const heap = await get('/debug/pprof/heap?seconds=0.1');
    expect(z.looseObject({ head: z.looseObject({}) }).safeParse(await heap.json()).success).toBe(
      true,
    );
  });

  it('are recorded one at a time', async () => {
    const both = await Promise.all([
      get('/debug/pprof/heap?seconds=0.2'),
      get('/debug/pprof/heap?seconds=0.2'),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    await Promise.all(both.map((response) => response.text()));
  });

  it.each([
    ['/debug/pprof/profile?seconds=61', 400, 'seconds must be a number above 0, and 60 at most'],
    ['/debug/pprof/profile?seconds=x', 400, 'seconds must be'],
    ['/debug/pprof/goroutine', 404, 'no such profile: ask for /debug/pprof/profile or'],
  ])('%s is answered with %s and what to do', async (path, status, words) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });

  it('cannot be asked for over another address than 127.0.0.1', async () => {
    const other = Object.values(networkInterfaces())
      .flatMap((found) => found ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    // 127.0.0.2 is this machine, too, but not the address of the server.
    const host = other ?? '127.0.0.2';
    await expect(fetch(`http://${host}:${server.port}/debug/pprof/heap`)).rejects.toThrow();
  });
});
