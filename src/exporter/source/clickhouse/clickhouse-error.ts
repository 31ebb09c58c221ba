const UNREACHABLE =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|CERT|SELF_SIGNED|socket hang up|timeout/i;

const MESSAGE_CHARACTERS_MAX = 300;

/** ClickHouse error codes that a user can mend, by what they mean (src/Common/ErrorCodes.cpp). */
const MISSING = new Set(['60', '81']);
const UNKNOWN_COLUMN = new Set(['16', '47']);
const AUTHENTICATION = new Set(['192', '193', '194', '516']);
const ACCESS_DENIED = '497';

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
}

/** Classifies what the ClickHouse client throws. */
export function clickHouseFailure(error: unknown): ClickHouseFailure {
  if (!(error instanceof Error)) {
    return { kind: 'unreachable', code: undefined, message: 'unknown error' };
  }
  const value: unknown = Reflect.get(error, 'code');
  const code = typeof value === 'string' ? value : undefined;
  const [line = ''] = error.message.split('\n');
  const message = line.slice(0, MESSAGE_CHARACTERS_MAX);
  return { kind: kindOf(code, message), code, message };
}

function kindOf(code: string | undefined, message: string): ClickHouseFailure['kind'] {
  if (code === undefined) return 'unreachable';
  if (MISSING.has(code)) return 'missing';
  if (AUTHENTICATION.has(code)) return 'authentication';
  if (code === ACCESS_DENIED) return 'access-denied';
  if (UNKNOWN_COLUMN.has(code)) return 'unknown-column';
  return UNREACHABLE.test(`${code} ${message}`) ? 'unreachable' : 'other';
}
