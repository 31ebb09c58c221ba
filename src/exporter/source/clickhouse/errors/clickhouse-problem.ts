import { type TableRequest, tableOf } from '../../../../deepflow/data-sources.ts';
import { unreachable } from '../../../../lib/assert.ts';
import type { Problem, ProblemReason } from '../../../contract/status-report.ts';
import type { AddressError } from './address-error.ts';
import { type ClickHouseFailure, clickHouseFailure, failureSentence } from './clickhouse-error.ts';

/**
 * DeepFlow 7.1.1 renamed the table of file events. Each name is mapped to a note about the other
 * name.
 */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'event.file_event': '; before DeepFlow 7.1.1 the table is event.perf_event',
  'event.perf_event': '; since DeepFlow 7.1.1 the table is event.file_event',
};

/** The problem to report for an error of a query, with the addresses that failed and the remedy. */
export function clickHouseProblem(
  { addresses, cause }: AddressError,
  { dataSource, organizationId }: TableRequest,
): Omit<Problem, 'since'> {
  const failure = clickHouseFailure(cause);
  const { kind, message } = failure;
  const at = addresses.join(', ');
  const { database, table } = tableOf(dataSource, organizationId);
  const reason = clickHouseReason(kind);
  if (kind === 'missing') {
    return {
      reason,
      message: `the ClickHouse table ${database}.${table} does not exist at ${at}: check spec.source.clickHouse, or wait until DeepFlow creates the table with its first record${OTHER_NAMES[dataSource] ?? ''}`,
    };
  }
  if (kind === 'access-denied') {
    return {
      reason,
      message: `the ClickHouse user may not read ${database}.${table} at ${at}: grant access, for example with GRANT SELECT ON ${database}.* TO NAME (${message})`,
    };
  }
  if (kind === 'unknown-column') {
    return {
      reason,
      message: `the ClickHouse table ${database}.${table} at ${at} lacks a column that the exporter reads: an upgrade of DeepFlow may be in progress (${message})`,
    };
  }
  return { reason, message: failureSentence(failure, addresses) };
}

/** The reason in the status for a kind of failure. */
export function clickHouseReason(kind: ClickHouseFailure['kind']): ProblemReason {
  switch (kind) {
    case 'missing':
      return 'TableMissing';
    case 'authentication':
    case 'access-denied':
      return 'ClickHouseAuthenticationFailed';
    case 'certificate':
      return 'ClickHouseCertificateRejected';
    case 'client-certificate':
      return 'ClickHouseClientCertificateRejected';
    case 'unreachable':
    case 'silent':
    case 'foreign':
      return 'ClickHouseUnreachable';
    case 'limit':
    case 'memory':
    case 'time':
      return 'ClickHouseLimitReached';
    case 'setting':
      return 'ClickHouseSettingRefused';
    case 'server':
    case 'unknown-column':
    case 'query':
    case 'other':
      return 'ClickHouseError';
    default:
      return unreachable(kind);
  }
}
