import type { Server } from 'node:http';

/** A listening HTTP server. */
export interface ListeningServer {
  readonly port: number;
  /** Ends its connections, too. */
  close(): Promise<void>;
}

/**
 * The handle of a server that listens.
 *
 * @param port that was asked for; 0: any free one.
 */
export function listeningServer(server: Server, port: number): ListeningServer {
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
