import { CLICKHOUSE_CODES, type CodeKind } from './clickhouse-codes.ts';
import { connectionFault, type FaultKind, OWN_CODES } from './connection-faults.ts';

const MESSAGE_CHARACTERS_MAX = 300;

/** Where the memory of the server is meant, and not what one query may have of it. */
const OF_THE_SERVER = /\(total\)/;
const MEMORY_LIMIT = '241';
/** ClickHouse's own codes are numbers, those of networks, of Node and of ours are words. */
const NUMBER = /^\d+$/;

/** What kind of an error a query ended with, and ClickHouse's or the network's words for it. */
export interface ClickHouseFailure {
  readonly kind: CodeKind | FaultKind | 'other';
  /** ClickHouse's error code, or the network's. */
  readonly code: string | undefined;
  /** First line of the message, at most 300 characters. */
  readonly message: string;
  /** True: it is a fault of the address that was asked, and another may answer. */
  readonly isOwn: boolean;
  /** What is wrong and what to do: the rest of a sentence that begins with "ClickHouse at ADDRESS". */
  readonly words: string;
}

/** Classifies what a query of ClickHouse ended with. */
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

/** A failure as one sentence: where, what is wrong, what to do, and the words of ClickHouse or the network. */
export function failureSentence(
  { words, message }: Pick<ClickHouseFailure, 'words' | 'message'>,
  addresses: readonly string[],
): string {
  return `ClickHouse at ${addresses.join(', ')} ${words} (${message})`;
}

/** A TLS record of an alert (RFC 8446 section 5.1): so some servers answer HTTP at a port that wants TLS. */
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

/** OpenSSL's reason, where Node tells it in the text of an error of a socket alone (EPROTO). */
function sslReason(message: string): string | undefined {
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1];
}

/** The first line; of several tries to connect, that of each. */
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
