import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';

// Below the range from which Linux gives outgoing connections their ports (32768), so that a port that was free
// stays free until the program listens on it, and again when a broker is restarted on it.
const lowest = 20_000;
const highest = 32_000;

/**
 * Different TCP ports that are free on an address, in a random place. No other process gets them from here as long as this one
 * lives: many ports are listened on seconds later, are free while a broker is down, or are to have no listener at all.
 */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = randomInt(lowest, highest);
    if ((await claim(port)) && (await isFree(port, address))) ports.push(port);
  }
  return ports;
}

/** Whether this process alone has the port from now on. The kernel ends the claim with the process (abstract sockets, unix(7)). */
async function claim(port: number): Promise<boolean> {
  const server = await listen({ path: `\0deepflow-harness/port/${port}` });
  server?.unref();
  return server !== undefined;
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = await listen({ port, host });
  if (server === undefined) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** A server that listens; undefined: it may not. */
async function listen(at: ListenOptions): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(at, () => {
      resolve(server);
    });
  });
}
