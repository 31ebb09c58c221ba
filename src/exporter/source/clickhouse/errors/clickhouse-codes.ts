/** What kind of an error a code of ClickHouse stands for. */
export type CodeKind =
  /** The plight of one server: another may answer. */
  | 'server'
  | 'authentication'
  | 'access-denied'
  | 'missing'
  | 'unknown-column'
  /** Rows, bytes, queries or sessions that a user may have. */
  | 'limit'
  | 'memory'
  | 'time'
  /** A setting that the server does not know or the user may not change. */
  | 'setting'
  /** The query itself, its types included. */
  | 'query';

/** An error code of ClickHouse. */
export interface ClickHouseCode {
  /** ClickHouse's own name. */
  readonly name: string;
  readonly kind: CodeKind;
  /** True: another server that has the same rows may answer. */
  readonly isOwn: boolean;
  /** What is wrong and what to do: the rest of a sentence that begins with "ClickHouse at ADDRESS". */
  readonly words: string;
}

/** The oldest ClickHouse that knows every setting of our queries. */
const OLDEST = '23.6';

/** The same at every server. */
const everywhere = (name: string, kind: CodeKind, words: string): ClickHouseCode => ({
  name,
  kind,
  isOwn: false,
  words,
});

/** The fault of the server that was asked. */
const own = (name: string, words: string, kind: CodeKind = 'server'): ClickHouseCode => ({
  name,
  kind,
  isOwn: true,
  words,
});

const LOGIN =
  'refused the user name or password: correct the Secret of spec.source.clickHouse.credentialsSecretRef';
const MISSING =
  'does not have what is read: check spec.source.clickHouse, or wait until DeepFlow has created it';
const COLUMN = 'lacks a column that is read: an upgrade of DeepFlow may be under way';
const DENIED = 'does not let the user read: grant SELECT on the tables and dictGet on the names';
const DISK = 'cannot read its own data: look at its log and its disks';
const CLUSTER =
  'cannot reach another server of its cluster: look at its log, at that server and at the network between them';
const KEEPER = 'has lost its Keeper or ZooKeeper: look at its log and at the Keeper';
const BUSY = 'has no room for another query: wait, or give it more';
const ENDS = 'ended the query, as it does when it shuts down: wait until it is back';
const READ_LIMIT = (setting: string): string =>
  `lets a query of this user read no more: raise ${setting} for the user or remove it, for example with ALTER USER NAME SETTINGS ${setting} = 0`;
const SLOW =
  'gave the query up as too slow: raise max_execution_time and timeout_before_checking_execution_speed for the user, or give ClickHouse more CPU';
const CONFINED =
  'does not let the user change a setting that the queries need: with ALTER USER NAME SETTINGS readonly = 2, or in the settings profile, allow it, or remove the constraint; of max_threads, max_memory_usage and priority, spec.source.clickHouse may state a value that the constraint allows';
const TYPES =
  'has other types in a column than DeepFlow 7.1: an upgrade of DeepFlow may be under way, or the table was altered';
const QUERY =
  'does not understand the query: its version may be too old or too new for this exporter; report it with these words';

/**
 * ClickHouse's error codes that a query of rows can end with, by number (src/Common/ErrorCodes.cpp). What is not here
 * is told in ClickHouse's own words alone.
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
      'gave the query up, as it took longer than the user may: raise max_execution_time for the user, for example with ALTER USER NAME SETTINGS max_execution_time = 0',
      'time',
    ),
  ],
  ['160', own('TOO_SLOW', SLOW, 'time')],
  [
    '164',
    everywhere(
      'READONLY',
      'setting',
      'does not let the user change settings, which the queries need: the user or its profile has readonly = 1; set readonly = 2, for example with ALTER USER NAME SETTINGS readonly = 2, or remove it',
    ),
  ],
  ['173', own('CANNOT_ALLOCATE_MEMORY', 'has no memory left: give it more', 'memory')],
  ['191', everywhere('SET_SIZE_LIMIT_EXCEEDED', 'limit', READ_LIMIT('max_rows_in_set'))],
  ['192', everywhere('UNKNOWN_USER', 'authentication', LOGIN)],
  ['193', everywhere('WRONG_PASSWORD', 'authentication', LOGIN)],
  ['194', everywhere('REQUIRED_PASSWORD', 'authentication', LOGIN)],
  [
    '195',
    everywhere(
      'IP_ADDRESS_NOT_ALLOWED',
      'authentication',
      'does not let the user log in from the address of this pod: allow it with ALTER USER NAME HOST ANY, or in <networks>',
    ),
  ],
  ['198', own('DNS_ERROR', CLUSTER)],
  [
    '201',
    own(
      'QUOTA_EXCEEDED',
      'has spent the quota of this user: raise it with ALTER QUOTA, or wait until its interval ends',
      'limit',
    ),
  ],
  [
    '202',
    own(
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      'runs as many queries as it or the user may: raise max_concurrent_queries or max_concurrent_queries_for_user, or lower spec.source.clickHouse.maxConcurrentQueries',
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
      'has no memory left for the query: if it passed the limit of a query, raise spec.source.clickHouse.maxQueryMemoryBytes, and max_memory_usage where the user has one; else raise max_memory_usage_for_user or max_server_memory_usage, or give ClickHouse more memory',
    ),
  ],
  ['242', own('TABLE_IS_READ_ONLY', KEEPER)],
  ['246', own('CORRUPTED_DATA', DISK)],
  ['279', own('ALL_CONNECTION_TRIES_FAILED', CLUSTER)],
  ['290', everywhere('LIMIT_EXCEEDED', 'limit', 'has a limit that the query passes: raise it')],
  ['291', everywhere('DATABASE_ACCESS_DENIED', 'access-denied', DENIED)],
  ['307', everywhere('TOO_MANY_BYTES', 'limit', READ_LIMIT('max_bytes_to_read'))],
  [
    '369',
    own('ALL_REPLICAS_ARE_STALE', 'has replicas that all lag: wait, or look at system.replicas'),
  ],
  ['386', everywhere('NO_COMMON_TYPE', 'query', TYPES)],
  ['394', own('QUERY_WAS_CANCELLED', ENDS)],
  [
    '396',
    everywhere(
      'TOO_MANY_ROWS_OR_BYTES',
      'limit',
      'lets a query of this user answer no more: raise max_result_rows and max_result_bytes for the user or remove them, for example with ALTER USER NAME SETTINGS max_result_rows = 0, max_result_bytes = 0',
    ),
  ],
  [
    '427',
    everywhere(
      'CANNOT_COMPILE_REGEXP',
      'query',
      'cannot compile a regex: correct it in the spec, in the syntax of RE2',
    ),
  ],
  ['439', own('CANNOT_SCHEDULE_TASK', BUSY)],
  ['452', everywhere('SETTING_CONSTRAINT_VIOLATION', 'setting', CONFINED)],
  [
    '456',
    everywhere(
      'UNKNOWN_QUERY_PARAMETER',
      'query',
      'did not get the parameters of the query: a proxy before it may drop them from the URL; let it pass them',
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
      'has as many sessions of this user as it may: raise max_sessions_for_user',
      'limit',
    ),
  ],
  [
    '720',
    everywhere(
      'USER_EXPIRED',
      'authentication',
      'refused the user, whose time is over: extend it with ALTER USER NAME VALID UNTIL, or put another user into the Secret of spec.source.clickHouse.credentialsSecretRef',
    ),
  ],
  [
    '735',
    own(
      'QUERY_WAS_CANCELLED_BY_CLIENT',
      'was told to end the query: somebody may have run KILL QUERY',
    ),
  ],
  ['745', own('SERVER_OVERLOADED', BUSY)],
  ['749', own('TCP_CONNECTION_LIMIT_REACHED', BUSY)],
  ['762', own('HTTP_CONNECTION_LIMIT_REACHED', BUSY)],
  ['999', own('KEEPER_EXCEPTION', KEEPER)],
  ['1000', own('POCO_EXCEPTION', CLUSTER)],
] as const);
