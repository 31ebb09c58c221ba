const UNREACHABLE =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|CERT|SELF_SIGNED|socket hang up|timeout/i;

const MESSAGE_CHARACTERS_MAX = 300;

/** ClickHouse error codes that a user can mend, by what they mean (src/Common/ErrorCodes.cpp). */
const MISSING = new Set(['60', '81']);
const UNKNOWN_COLUMN = new Set(['16', '47']);
const AUTHENTICATION = new Set(['192', '193', '194', '516']);
const ACCESS_DENIED = '497';

/** ClickHouse error codes of one server's plight, where another may answer (src/Common/ErrorCodes.cpp). */
const OWN = new Set([
  '33', // CANNOT_READ_ALL_DATA: its disk
  '40', // CHECKSUM_DOESNT_MATCH
  '74', // CANNOT_READ_FROM_FILE_DESCRIPTOR
  '95', // CANNOT_READ_FROM_SOCKET: its connections to the shards
  '96', // CANNOT_WRITE_TO_SOCKET
  '159', // TIMEOUT_EXCEEDED
  '173', // CANNOT_ALLOCATE_MEMORY
  '198', // DNS_ERROR
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '203', // NO_FREE_CONNECTION
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '225', // NO_ZOOKEEPER
  '236', // ABORTED: it shuts down
  '279', // ALL_CONNECTION_TRIES_FAILED
  '369', // ALL_REPLICAS_ARE_STALE
  '394', // QUERY_WAS_CANCELLED: so it ends queries when it shuts down
  '439', // CANNOT_SCHEDULE_TASK
  '745', // SERVER_OVERLOADED
  '749', // TCP_CONNECTION_LIMIT_REACHED
  '762', // HTTP_CONNECTION_LIMIT_REACHED
  '999', // KEEPER_EXCEPTION
  '1000', // POCO_EXCEPTION
]);
/** The memory of the server, and not what one query may have of it. */
const MEMORY_LIMIT = '241';
const OF_THE_SERVER = /\(total\)/;
/** ClickHouse's own codes are numbers, those of networks and of Node are words. */
const NUMBER = /^\d+$/;

/** What kind of an error a query ended with, and ClickHouse's or the network's words for it. */
export interface ClickHouseFailure {
  readonly kind:
    | 'missing'
    | 'unknown-column'
    | 'authentication'
    | 'access-denied'
    | 'unreachable'
    | 'other';
  /** ClickHouse's error code, or the network's. */
  readonly code: string | undefined;
  /** First line of the message, at most 300 characters. */
  readonly message: string;
  /** True: it is a fault of the address that was asked, and another may answer. */
  readonly isOwn: boolean;
}

/** Classifies what the ClickHouse client throws. */
export function clickHouseFailure(error: unknown): ClickHouseFailure {
  if (!(error instanceof Error)) {
    return { kind: 'unreachable', code: undefined, message: 'unknown error', isOwn: true };
  }
  const value: unknown = Reflect.get(error, 'code');
  const code = typeof value === 'string' ? value : undefined;
  const [line = ''] = error.message.split('\n');
  const message = line.slice(0, MESSAGE_CHARACTERS_MAX);
  return { kind: kindOf(code, message), code, message, isOwn: isOwn(code, message) };
}

function isOwn(code: string | undefined, message: string): boolean {
  if (code === undefined || !NUMBER.test(code) || OWN.has(code)) return true;
  return code === MEMORY_LIMIT && OF_THE_SERVER.test(message);
}

function kindOf(code: string | undefined, message: string): ClickHouseFailure['kind'] {
  if (code === undefined) return 'unreachable';
  if (MISSING.has(code)) return 'missing';
  if (AUTHENTICATION.has(code)) return 'authentication';
  if (code === ACCESS_DENIED) return 'access-denied';
  if (UNKNOWN_COLUMN.has(code)) return 'unknown-column';
  return UNREACHABLE.test(`${code} ${message}`) ? 'unreachable' : 'other';
}
