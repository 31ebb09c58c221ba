/** What kind of an error a code of ClickHouse stands for. */
export type CodeKind =
  /** A problem of one server. Another server may answer. */
  | 'server'
  | 'authentication'
  | 'access-denied'
  | 'missing'
  | 'unknown-column'
  /** A limit on rows, bytes, queries or sessions. */
  | 'limit'
  | 'memory'
  | 'time'
  /** A setting that the server does not know or the user may not change. */
  | 'setting'
  /** A problem of the query, including its types. */
  | 'query';

/** An error code of ClickHouse. */
export interface ClickHouseCode {
  /** ClickHouse's own name. */
  readonly name: string;
  readonly kind: CodeKind;
  /** True: the fault is the server's own, so another server with the same rows may answer. */
  readonly isOwn: boolean;
  /** What is wrong and what to do: the rest of a sentence that begins with "ClickHouse at ADDRESS". */
  readonly words: string;
}

/** The oldest ClickHouse that knows every setting of our queries. */
const OLDEST = '23.6';

/** An error that every server returns. */
const everywhere = (name: string, kind: CodeKind, words: string): ClickHouseCode => ({
  name,
  kind,
  isOwn: false,
  words,
});

/** An error that only the queried server has. */
const own = (name: string, words: string, kind: CodeKind = 'server'): ClickHouseCode => ({
  name,
  kind,
  isOwn: true,
  words,
});

const LOGIN =
  'refused the user name or password: correct the Secret of spec.source.clickHouse.credentialsSecretRef';
const MISSING =
  'does not have a table or database that the exporter reads: check spec.source.clickHouse, or wait until DeepFlow has created it';
const COLUMN = 'lacks a column that the exporter reads: an upgrade of DeepFlow may be in progress';
const DENIED =
  'does not allow the user to read: grant SELECT on the tables and dictGet on the dictionaries';
const DISK = 'cannot read its own data: check its log and its disks';
const CLUSTER =
  'cannot reach another server of its cluster: check its log, the other server and the network between them';
const KEEPER = 'has lost the connection to its Keeper or ZooKeeper: check its log and the Keeper';
const BUSY =
  'has no capacity for another query: wait, or give ClickHouse more threads, connections or CPU';
const ENDS = 'cancelled the query, as it does when it shuts down: wait until ClickHouse runs again';
const READ_LIMIT = (setting: string): string =>
  `limits how much a query of this user may read: raise ${setting} for the user or remove it, for example with ALTER USER NAME SETTINGS ${setting} = 0`;
const SLOW =
  'cancelled the query, since the query was too slow: raise max_execution_time and timeout_before_checking_execution_speed for the user, or give ClickHouse more CPU';
const CONFINED =
  'does not allow the user to change a setting that the queries need: set readonly = 2, for example with ALTER USER NAME SETTINGS readonly = 2 or in the settings profile, or remove the constraint on the setting; for max_threads, max_memory_usage and priority, you can instead set a value in spec.source.clickHouse that the constraint allows';
const TYPES =
  'has a column with another type than in DeepFlow 7.1: an upgrade of DeepFlow may be in progress, or the table was altered';
const QUERY =
  'does not understand the query: its version may be too old or too new for this exporter; report this message as a bug';

/**
 * ClickHouse's error codes that a query of rows can end with, by number
 * (src/Common/ErrorCodes.cpp). For other codes the message contains only ClickHouse's own text.
 */
export const CLICKHOUSE_CODES: ReadonlyMap<string, ClickHouseCode> = new Map([
  ['10', everywhere('NOT_FOUND_COLUMN_IN_BLOCK', 'unknown-column', COLUMN)],
  ['16', everywhere('NO_SUCH_COLUMN_IN_TABLE', 'unknown-column', COLUMN)],
  ['33', own('CANNOT_READ_ALL_DATA', DISK)],
  ['40', own('CHECKSUM_DOESNT_MATCH', DISK)],
  ['43', everywhere('ILLEGAL_TYPE_OF_ARGUMENT', 'query', TYPES)],
  ['46', everywhere('UNKNOWN_FUNCTION', 'query', QUERY)],
  ['47', everywhere('UNKNOWN_IDENTIFIER', 'unknown-column', COLUMN)],
  ['48', everywhere('NOT_IMPLEMENTED', 'query', QUERY)],
  ['53', everywhere('TYPE_MISMATCH', 'query', TYPES)],
  ['60', everywhere('UNKNOWN_TABLE', 'missing', MISSING)],
  ['62', everywhere('SYNTAX_ERROR', 'query', QUERY)],
  ['70', everywhere('CANNOT_CONVERT_TYPE', 'query', TYPES)],
  ['73', everywhere('UNKNOWN_FORMAT', 'query', QUERY)],
  ['74', own('CANNOT_READ_FROM_FILE_DESCRIPTOR', DISK)],
  ['81', everywhere('UNKNOWN_DATABASE', 'missing', MISSING)],
  ['95', own('CANNOT_READ_FROM_SOCKET', CLUSTER)],
  ['96', own('CANNOT_WRITE_TO_SOCKET', CLUSTER)],
  ['107', own('FILE_DOESNT_EXIST', DISK)],
  [
    '115',
    everywhere(
      'UNKNOWN_SETTING',
      'setting',
      `does not know a setting that the queries need: ClickHouse must be ${OLDEST} or newer`,
    ),
  ],
  ['158', everywhere('TOO_MANY_ROWS', 'limit', READ_LIMIT('max_rows_to_read'))],
  [
    '159',
    own(
      'TIMEOUT_EXCEEDED',
      'cancelled the query, since it took longer than the user is allowed: raise max_execution_time for the user, for example with ALTER USER NAME SETTINGS max_execution_time = 0',
      'time',
    ),
  ],
  ['160', own('TOO_SLOW', SLOW, 'time')],
  [
    '164',
    everywhere(
      'READONLY',
      'setting',
      'does not allow the user to change settings, which the queries need: the user or its profile has readonly = 1; set readonly = 2, for example with ALTER USER NAME SETTINGS readonly = 2, or remove readonly',
    ),
  ],
  [
    '173',
    own('CANNOT_ALLOCATE_MEMORY', 'has no memory left: give ClickHouse more memory', 'memory'),
  ],
  ['191', everywhere('SET_SIZE_LIMIT_EXCEEDED', 'limit', READ_LIMIT('max_rows_in_set'))],
  ['192', everywhere('UNKNOWN_USER', 'authentication', LOGIN)],
  ['193', everywhere('WRONG_PASSWORD', 'authentication', LOGIN)],
  ['194', everywhere('REQUIRED_PASSWORD', 'authentication', LOGIN)],
  [
    '195',
    everywhere(
      'IP_ADDRESS_NOT_ALLOWED',
      'authentication',
      'does not allow the user to log in from the address of this pod: allow the address with ALTER USER NAME HOST ANY, or in <networks>',
    ),
  ],
  ['198', own('DNS_ERROR', CLUSTER)],
  [
    '201',
    own(
      'QUOTA_EXCEEDED',
      'reports that the quota of this user is used up: raise the quota with ALTER QUOTA, or wait until its interval ends',
      'limit',
    ),
  ],
  [
    '202',
    own(
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      'already runs the maximum number of queries: raise max_concurrent_queries or max_concurrent_queries_for_user, or lower spec.source.clickHouse.maxConcurrentQueries',
      'limit',
    ),
  ],
  ['203', own('NO_FREE_CONNECTION', BUSY)],
  ['209', own('SOCKET_TIMEOUT', CLUSTER)],
  ['210', own('NETWORK_ERROR', CLUSTER)],
  ['225', own('NO_ZOOKEEPER', KEEPER)],
  ['236', own('ABORTED', ENDS)],
  [
    '241',
    everywhere(
      'MEMORY_LIMIT_EXCEEDED',
      'memory',
      'has no memory left for the query: if the query exceeded its own limit, raise spec.source.clickHouse.maxQueryMemoryBytes, and max_memory_usage if the user has that setting; otherwise raise max_memory_usage_for_user or max_server_memory_usage, or give ClickHouse more memory',
    ),
  ],
  ['242', own('TABLE_IS_READ_ONLY', KEEPER)],
  ['246', own('CORRUPTED_DATA', DISK)],
  ['279', own('ALL_CONNECTION_TRIES_FAILED', CLUSTER)],
  [
    '290',
    everywhere('LIMIT_EXCEEDED', 'limit', 'has a limit that the query exceeds: raise the limit'),
  ],
  ['291', everywhere('DATABASE_ACCESS_DENIED', 'access-denied', DENIED)],
  ['307', everywhere('TOO_MANY_BYTES', 'limit', READ_LIMIT('max_bytes_to_read'))],
  [
    '369',
    own(
      'ALL_REPLICAS_ARE_STALE',
      'has only replicas that lag behind: wait, or check system.replicas',
    ),
  ],
  ['386', everywhere('NO_COMMON_TYPE', 'query', TYPES)],
  ['394', own('QUERY_WAS_CANCELLED', ENDS)],
  [
    '396',
    everywhere(
      'TOO_MANY_ROWS_OR_BYTES',
      'limit',
      'limits how much a query of this user may return: raise max_result_rows and max_result_bytes for the user or remove them, for example with ALTER USER NAME SETTINGS max_result_rows = 0, max_result_bytes = 0',
    ),
  ],
  [
    '427',
    everywhere(
      'CANNOT_COMPILE_REGEXP',
      'query',
      'cannot compile a regular expression: correct it in the spec; the syntax is RE2',
    ),
  ],
  ['439', own('CANNOT_SCHEDULE_TASK', BUSY)],
  ['452', everywhere('SETTING_CONSTRAINT_VIOLATION', 'setting', CONFINED)],
  [
    '456',
    everywhere(
      'UNKNOWN_QUERY_PARAMETER',
      'query',
      'did not get the parameters of the query: configure the proxy in front of ClickHouse to pass on the parameters of the URL',
    ),
  ],
  ['471', everywhere('INVALID_SETTING_VALUE', 'setting', CONFINED)],
  ['472', everywhere('READONLY_SETTING', 'setting', CONFINED)],
  ['482', everywhere('DICTIONARY_ACCESS_DENIED', 'access-denied', DENIED)],
  ['497', everywhere('ACCESS_DENIED', 'access-denied', DENIED)],
  ['499', own('S3_ERROR', DISK)],
  ['516', everywhere('AUTHENTICATION_FAILED', 'authentication', LOGIN)],
  [
    '700',
    own(
      'USER_SESSION_LIMIT_EXCEEDED',
      'already has the maximum number of sessions of this user: raise max_sessions_for_user',
      'limit',
    ),
  ],
  [
    '720',
    everywhere(
      'USER_EXPIRED',
      'authentication',
      'refused the user, who has expired: extend the user with ALTER USER NAME VALID UNTIL, or put another user into the Secret of spec.source.clickHouse.credentialsSecretRef',
    ),
  ],
  [
    '735',
    own(
      'QUERY_WAS_CANCELLED_BY_CLIENT',
      'was told to cancel the query: check whether somebody runs KILL QUERY',
    ),
  ],
  ['745', own('SERVER_OVERLOADED', BUSY)],
  ['749', own('TCP_CONNECTION_LIMIT_REACHED', BUSY)],
  ['762', own('HTTP_CONNECTION_LIMIT_REACHED', BUSY)],
  ['999', own('KEEPER_EXCEPTION', KEEPER)],
  ['1000', own('POCO_EXCEPTION', CLUSTER)],
] as const);
