import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A listener that forwards connections. */
export interface TcpForwarder {
  stop(): void;
}

/** Listens on an address of this machine, `host:port`, and forwards each connection to another address. */
export async function startTcpForwarder(listen: string, target: string): Promise<TcpForwarder> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing = connect(addressOf(target));
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket);
      // When one side closes, the other is closed too.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(addressOf(listen));
  await once(server, 'listening');
  return {
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function addressOf(text: string): { host: string; port: number } {
  const [host = '', port = ''] = text.split(':');
  return { host, port: Number(port) };
}
