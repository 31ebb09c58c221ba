import type { Logger } from '../../../../lib/logger.ts';
import type { AddressChange } from './clickhouse-addresses.ts';
import type { ExporterMetrics } from '../../../status/metrics.ts';

/** What telling needs. */
export interface ReportAddressesDeps {
  readonly logger: Logger;
  readonly metrics: Pick<ExporterMetrics, 'addressChanged'>;
}

/** Shows what becomes of ClickHouse's addresses: as metrics, and one line of the log for each change. */
export function reportAddresses({
  logger,
  metrics,
}: ReportAddressesDeps): (change: AddressChange) => void {
  const failing = new Set<string>();
  return ({ address, isUp, message }) => {
    metrics.addressChanged(address, isUp);
    if (isUp) {
      if (failing.delete(address)) logger.info({ address }, 'a ClickHouse address is used again');
      return;
    }
    failing.add(address);
    logger.warn({ address, problem: message }, 'a ClickHouse address fails');
  };
}
