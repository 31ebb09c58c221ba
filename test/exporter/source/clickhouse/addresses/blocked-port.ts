import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { settle } from '../../../../lib/manual-clock.ts';

/** Listens, reports that it listens, and then accepts nothing. */
const PROGRAM = `
const [port, host] = process.argv.slice(1);
const server = require('node:net').createServer();
server.listen({ port: Number(port), host, backlog: 1 }, () => {
  process.stdout.write('listens', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});
`;
const TRY_MS = 2_000;
/** The kernel accepts some connections for a program that accepts none. */
const FILLERS_MAX = 16;

/** Makes a port of this machine drop new connections, like a firewall, until the test ends. */
export async function blockPort(port: number, host: string): Promise<void> {
  const child = spawn(process.execPath, ['-e', PROGRAM, String(port), host], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  for (let fillers = 0; fillers < FILLERS_MAX; fillers++) {
    const socket = connect({ port, host });
    socket.on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
    const isTaken = await Promise.race([
      once(socket, 'connect').then(() => true),
      sleep(TRY_MS, false),
    ]);
    if (isTaken) continue;
    // On a busy machine, the timer may fire before a connection that is there already is seen.
    await settle();
    if (socket.connecting) return;
  }
  throw new Error(`port ${port} of ${host} takes every connection`);
}
