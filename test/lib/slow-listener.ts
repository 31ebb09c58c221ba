import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** A port of 127.0.0.1 to which the next connection takes a second, like one that lost a packet. */
export interface SlowListener {
  readonly port: number;
  /** Lets it look at connections again. Linux sends the first packet of a connection again after a second: it is to be before. */
  release(): void;
  stop(): Promise<void>;
}

/** The connections that fill the queue of a listener with a backlog of one. */
const QUEUED = 2;
const message = z.union([z.object({ port: z.int() }), z.literal('busy')]);

/**
 * Starts a process that listens, fills its queue of connections and does not look at it until it is
 * released. Linux then drops the first packet of the next connection, and the peer sends it again
 * after a second.
 */
export async function startSlowListener(): Promise<SlowListener> {
  const child = fork(fileURLToPath(new URL('slow-listener-process.ts', import.meta.url)), {
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
  });
  const next = async (): Promise<z.infer<typeof message>> =>
    message.parse((await once(child, 'message'))[0]);
  const started = await next();
  if (started === 'busy') throw new Error('the port comes first');
  child.send('be busy');
  await next();
  const fillers = Array.from({ length: QUEUED }, () => connect(started.port, '127.0.0.1'));
  await Promise.all(fillers.map((filler) => once(filler, 'connect')));
  for (const filler of fillers) filler.on('error', () => undefined);
  return {
    port: started.port,
    release: () => {
      child.stdin?.write('.');
    },
    stop: async () => {
      for (const filler of fillers) filler.destroy();
      child.kill();
      await once(child, 'exit');
    },
  };
}
