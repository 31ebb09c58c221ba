import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What a proxy does with bytes and connections while it lasts. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Connections are reset as soon as they are made. */
  | { readonly kind: 'refuse' }
  /** Connections are taken and stay, but no byte comes through. */
  | { readonly kind: 'stall' }
  /** The server gets everything and its answers do not come: what it did stays unknown. */
  | { readonly kind: 'no answers' }
  /** Each direction of each connection carries this many bytes a second. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number };

/** A TCP proxy that can behave as bad networks do. */
export interface Proxy {
  setMode(mode: ProxyMode): void;
  /** Ends every connection with RST, as a firewall or a lost machine does. */
  reset(): void;
  /** Tells the client of every connection that the server has ended, and keeps the server's side open. */
  halfClose(): void;
  /** Resets every connection as soon as this many more bytes have come from the server. */
  resetAfter(bytes: number): void;
  close(): Promise<void>;
}

/** How often a slow connection gives out what it may. */
const SLICE_MS = 50;

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** Listens on a port of 127.0.0.1 and passes connections on to another one there. */
export async function startProxy(ports: {
  readonly listen: number;
  readonly target: number;
}): Promise<Proxy> {
  const links = new Set<Link>();
  let mode: ProxyMode = { kind: 'pass' };
  let bytesUntilReset = Number.POSITIVE_INFINITY;

  const reset = (): void => {
    bytesUntilReset = Number.POSITIVE_INFINITY;
    for (const { client, server } of links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  };
  const accept = (client: Socket): void => {
    if (mode.kind === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: ports.target, host: '127.0.0.1', allowHalfOpen: true });
    const link = { client, server };
    links.add(link);
    const end = (): void => {
      links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    carry(client, server, () => allowanceOf(mode, 'requests'));
    carry(server, client, () => allowanceOf(mode, 'answers'));
    server.on('data', ({ length }) => {
      bytesUntilReset -= length;
      if (bytesUntilReset <= 0) reset();
    });
  };

  const listener = createServer({ allowHalfOpen: true }, accept);
  listener.listen(ports.listen, '127.0.0.1');
  await once(listener, 'listening');
  return {
    reset,
    setMode: (next) => {
      mode = next;
      if (next.kind === 'refuse') reset();
    },
    halfClose: () => {
      for (const { client } of links) client.end();
    },
    resetAfter: (bytes) => {
      bytesUntilReset = bytes;
    },
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      reset();
      await closed;
    },
  };
}

/** Carries one direction: takes what has come only as fast as it may go on, so that the sender feels it. */
function carry(from: Socket, to: Socket, allowance: () => number): void {
  const waiting: Buffer[] = [];
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  const step = (): void => {
    timer = undefined;
    let bytes = allowance();
    while (bytes > 0) {
      const chunk = waiting.shift();
      if (chunk === undefined) break;
      if (to.writable) to.write(chunk.subarray(0, bytes));
      if (chunk.length > bytes) waiting.unshift(chunk.subarray(bytes));
      bytes -= chunk.length;
    }
    if (waiting.length > 0 || (hasEnded && bytes === 0)) {
      from.pause();
      timer = setTimeout(step, SLICE_MS);
    } else if (!hasEnded) from.resume();
    else if (to.writable) to.end();
  };
  from.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    if (timer === undefined) step();
  });
  from.on('end', () => {
    hasEnded = true;
    if (timer === undefined) step();
  });
  from.on('close', () => {
    clearTimeout(timer);
  });
}

/** Bytes that a direction may carry in one slice of time. */
function allowanceOf(mode: ProxyMode, direction: 'requests' | 'answers'): number {
  switch (mode.kind) {
    case 'pass':
      return Number.POSITIVE_INFINITY;
    case 'slow':
      return Math.max(1, Math.floor((mode.bytesPerSecond * SLICE_MS) / 1000));
    case 'no answers':
      return direction === 'answers' ? 0 : Number.POSITIVE_INFINITY;
    case 'stall':
    case 'refuse':
      return 0;
  }
}
