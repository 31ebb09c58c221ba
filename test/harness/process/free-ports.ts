import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which Linux gives outgoing connections their ports (32768), so that a port that was free
// stays free until the program listens on it, and again when a broker is restarted on it.
const lowest = 20_000;
const highest = 32_000;

/** Different TCP ports that are free on an address, in a random place so that parallel runs do not meet. */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(lowest, highest);
    if (!ports.has(port) && (await isFree(port, address))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, address, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
