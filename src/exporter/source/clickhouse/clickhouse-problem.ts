import { type DataSource, tableOf } from '../../../deepflow/data-sources.ts';
import type { Problem } from '../../contract/status-report.ts';

/** ClickHouse error codes that a user can mend (src/Common/ErrorCodes.cpp). */
const MISSING = new Set(['60', '81']);
const UNKNOWN_COLUMN = new Set(['16', '47']);
const AUTHENTICATION = new Set(['192', '193', '194', '516']);
const ACCESS_DENIED = '497';

const UNREACHABLE =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|CERT|SELF_SIGNED|socket hang up|timeout/i;

/** What an error of a query means to the user, with the remedy. */
export function clickHouseProblem(
  error: unknown,
  url: string,
  dataSource: DataSource,
): Omit<Problem, 'since'> {
  const { code, message } = described(error);
  const { database, table } = tableOf(dataSource);
  if (code !== undefined && MISSING.has(code)) {
    return {
      reason: 'TableMissing',
      message: `the ClickHouse table ${database}.${table} does not exist at ${url}: check spec.source.clickHouse.url, or wait until DeepFlow has created it (it does so with the first record)`,
    };
  }
  if (code !== undefined && AUTHENTICATION.has(code)) {
    return {
      reason: 'ClickHouseAuthenticationFailed',
      message: `ClickHouse at ${url} refused the user name or password: correct the Secret of spec.source.clickHouse.credentialsSecretRef`,
    };
  }
  if (code === ACCESS_DENIED) {
    return {
      reason: 'ClickHouseAuthenticationFailed',
      message: `the ClickHouse user may not read ${database}.${table}: grant it, for example with GRANT SELECT ON ${database}.* TO NAME`,
    };
  }
  if (code !== undefined && UNKNOWN_COLUMN.has(code)) {
    return {
      reason: 'ClickHouseError',
      message: `the ClickHouse table ${database}.${table} lacks a column of DeepFlow 7.1 (${message})`,
    };
  }
  if (code === undefined || UNREACHABLE.test(`${code} ${message}`)) {
    return {
      reason: 'ClickHouseUnreachable',
      message: `ClickHouse could not be read at ${url}: check spec.source.clickHouse.url and the network (${message})`,
    };
  }
  return { reason: 'ClickHouseError', message: `ClickHouse at ${url} answered: ${message}` };
}

const MESSAGE_CHARACTERS_MAX = 300;

function described(error: unknown): {
  readonly code: string | undefined;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { code: undefined, message: 'unknown error' };
  const code: unknown = Reflect.get(error, 'code');
  const [line = ''] = error.message.split('\n');
  return {
    code: typeof code === 'string' ? code : undefined,
    message: line.slice(0, MESSAGE_CHARACTERS_MAX),
  };
}
