import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream';

/** A forward proxy on 127.0.0.1, as companies have them: CONNECT for https://, whole URLs for http://. */
export interface ConnectProxy {
  readonly port: number;
  /** Without a login, all are refused that it should have. */
  readonly url: string;
  /** The hosts and ports to which it made tunnels, in their order. */
  readonly tunnels: readonly string[];
  /** The origins of the URLs that it fetched, in their order. */
  readonly fetched: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy. @param login `user:password` that it requires; absent: none. */
export async function startConnectProxy(login?: string): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const fetched: string[] = [];
  const wanted = login === undefined ? undefined : `Basic ${btoa(login)}`;
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '');
    fetched.push(url.origin);
    const { headers, method } = incoming;
    const inner = request(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    inner.on('error', () => response.destroy());
    pipeline(incoming, inner, () => undefined);
  });
  server.on('connect', (incoming, client) => {
    if (incoming.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const target = new URL(`tcp://${incoming.url ?? ''}`);
    tunnels.push(target.host);
    const upstream = connect({ host: target.hostname, port: Number(target.port) }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      pipeline(client, upstream, client, () => undefined);
    });
    upstream.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${login === undefined ? '' : `${login}@`}127.0.0.1:${port}`,
    tunnels,
    fetched,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
