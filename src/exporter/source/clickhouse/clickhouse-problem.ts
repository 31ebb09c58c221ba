import { tableOf } from '../../../deepflow/data-sources.ts';
import { unreachable } from '../../../lib/assert.ts';
import type { Problem } from '../../contract/status-report.ts';
import type { AddressError } from './address-error.ts';
import { clickHouseFailure } from './clickhouse-error.ts';
import type { TableRequest } from './query.ts';

/** What file events are called on the other side of the version that renamed them. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'event.file_event': '; before DeepFlow 7.1.1 it is event.perf_event',
  'event.perf_event': '; since DeepFlow 7.1.1 it is event.file_event',
};

/** What an error of a query means to the user, with the addresses that failed and the remedy. */
export function clickHouseProblem(
  { addresses, cause }: AddressError,
  { dataSource, organizationId }: TableRequest,
): Omit<Problem, 'since'> {
  const { kind, message } = clickHouseFailure(cause);
  const at = addresses.join(', ');
  const { database, table } = tableOf(dataSource, organizationId);
  switch (kind) {
    case 'missing':
      return {
        reason: 'TableMissing',
        message: `the ClickHouse table ${database}.${table} does not exist at ${at}: check spec.source.clickHouse, or wait until DeepFlow has created it (it does so with the first record)${OTHER_NAMES[dataSource] ?? ''}`,
      };
    case 'authentication':
      return {
        reason: 'ClickHouseAuthenticationFailed',
        message: `ClickHouse at ${at} refused the user name or password: correct the Secret of spec.source.clickHouse.credentialsSecretRef`,
      };
    case 'access-denied':
      return {
        reason: 'ClickHouseAuthenticationFailed',
        message: `the ClickHouse user may not read ${database}.${table} at ${at}: grant it, for example with GRANT SELECT ON ${database}.* TO NAME`,
      };
    case 'unknown-column':
      return {
        reason: 'ClickHouseError',
        message: `the ClickHouse table ${database}.${table} at ${at} lacks a column of DeepFlow 7.1 (${message})`,
      };
    case 'unreachable':
      return {
        reason: 'ClickHouseUnreachable',
        message: `ClickHouse could not be read at ${at}: check spec.source.clickHouse and the network (${message})`,
      };
    case 'other':
      return { reason: 'ClickHouseError', message: `ClickHouse at ${at} answered: ${message}` };
    default:
      return unreachable(kind);
  }
}
