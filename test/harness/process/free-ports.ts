import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setting } from '../settings.ts';

// Below the range from which Linux gives outgoing connections their ports (32768), so that a port that was free
// stays free until the program listens on it, and again when a broker is restarted on it.
const lowest = 20_000;
const highest = 32_000;
/** Each worker of Vitest has its own part of the range: a port is free until the program that it is for listens on it, seconds later. */
const shares = 4;
const width = (highest - lowest) / shares;

/** What this process has given. Half of its share is enough for the programs that it starts within minutes. */
const given = new Set<number>();
const givenMax = width / 2;

/** Different TCP ports that are free on an address and were not given lately, in a random place so that parallel runs do not meet. */
export async function freePorts(count: number, address = '127.0.0.1'): Promise<number[]> {
  const first = lowest + width * (Number(setting('VITEST_POOL_ID') ?? 0) % shares);
  const ports: number[] = [];
  while (ports.length < count) {
    if (given.size >= givenMax) given.clear();
    const port = first + randomInt(width);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port, address)) ports.push(port);
  }
  return ports;
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
