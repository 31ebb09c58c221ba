import { CLICKHOUSE_CODES, type CodeKind } from './clickhouse-codes.ts';
import { connectionFault, type FaultKind, OWN_CODES } from './connection-faults.ts';

const MESSAGE_CHARACTERS_MAX = 300;

/** The message means the memory of the whole server, not the limit of one query. */
const OF_THE_SERVER = /\(total\)/;
const MEMORY_LIMIT = '241';
/** ClickHouse's codes are numbers. The codes of networks, of Node and of the exporter are words. */
const NUMBER = /^\d+$/;

/** The kind of an error with which a query ended, and the message of ClickHouse or the network. */
export interface ClickHouseFailure {
  readonly kind: CodeKind | FaultKind | 'other';
  /** The error code of ClickHouse or the network. */
  readonly code: string | undefined;
  /** The first line of the message, at most 300 characters. */
  readonly message: string;
  /** True: the fault is only at the queried address, and another address may answer. */
  readonly isOwn: boolean;
  /** What is wrong and what to do: the rest of a sentence that begins with "ClickHouse at ADDRESS". */
  readonly words: string;
}

/** Classifies the error with which a query of ClickHouse ended. */
export function clickHouseFailure(error: unknown): ClickHouseFailure {
  if (!(error instanceof Error)) {
    const message = 'unknown error';
    return { ...connectionFault(undefined), code: undefined, message, isOwn: true };
  }
  const code = codeOf(error);
  const message = messageOf(error);
  if (code === undefined || !NUMBER.test(code)) {
    return { ...connectionFault(code), code, message, isOwn: true };
  }
  const known = CLICKHOUSE_CODES.get(code);
  if (known === undefined) {
    return { kind: 'other', code, message, isOwn: false, words: 'answered with an error' };
  }
  const { kind, name, words } = known;
  const isOwn = known.isOwn || (code === MEMORY_LIMIT && OF_THE_SERVER.test(message));
  return { kind, code, message: `${name}: ${message}`, isOwn, words };
}

/**
 * A failure as one sentence: where, what is wrong, what to do, and the message of ClickHouse or the
 * network.
 */
export function failureSentence(
  { words, message }: Pick<ClickHouseFailure, 'words' | 'message'>,
  addresses: readonly string[],
): string {
  return `ClickHouse at ${addresses.join(', ')} ${words} (${message})`;
}

/**
 * A TLS alert record (RFC 8446 section 5.1). Some servers answer an HTTP request with it at a port
 * that requires TLS.
 */
const ALERT = [0x15, 0x03] as const;

function codeOf(error: Error): string | undefined {
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code !== 'string') return undefined;
  const packet: unknown = Reflect.get(error, 'rawPacket');
  const isAlert = Buffer.isBuffer(packet) && ALERT.every((byte, at) => packet[at] === byte);
  if (isAlert) return OWN_CODES.tlsPort;
  const reason = sslReason(error.message);
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

/** OpenSSL's reason, when Node states it only in the text of a socket error (EPROTO). */
function sslReason(message: string): string | undefined {
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1];
}

/** The first line of the message. For several tries to connect, the first line of each. */
function messageOf(error: Error): string {
  const tries: unknown[] = error instanceof AggregateError ? error.errors : [];
  const text =
    error.message === '' && tries.length > 0
      ? tries.map((each) => (each instanceof Error ? each.message : 'unknown error')).join('; ')
      : error.message;
  const reason = sslReason(text);
  if (reason !== undefined) return `TLS: ${reason}`;
  const [line = ''] = text.trim().split('\n');
  return line.slice(0, MESSAGE_CHARACTERS_MAX);
}
