import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { ADDRESS_ATTEMPTS } from '../../../lib/net/address-attempts.ts';

/** What kafkajs asks a socket for. */
export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  /** Null: the connection is not encrypted. */
  readonly ssl: ConnectionOptions | null;
  readonly onConnect: () => void;
  /** How host names are resolved. Absent: as the system does it. */
  readonly lookup?: LookupFunction;
}

const KEEP_ALIVE_MS = 60_000;

/**
 * Opens a socket to a broker. Like kafkajs's own factory, except that an address of a host with
 * several addresses gets more time.
 */
export function openSocket({ host, port, ssl, onConnect, lookup }: SocketRequest): Socket {
  const to = { host, port, ...ADDRESS_ATTEMPTS, ...(lookup === undefined ? {} : { lookup }) };
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket =
    ssl === null ? connect(to, onConnect) : connectTls({ ...to, ...name, ...ssl }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}
