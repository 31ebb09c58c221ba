import type { Logger } from '../../../../lib/logger.ts';
import type { AddressChange } from './clickhouse-addresses.ts';
import type { ExporterMetrics } from '../../../status/metrics.ts';

/** What reporting needs. */
export interface ReportAddressesDeps {
  readonly logger: Logger;
  readonly metrics: Pick<ExporterMetrics, 'addressChanged'>;
}

/**
 * Reports the state of ClickHouse's addresses: as metrics, and as one line of the log for each
 * change.
 */
export function reportAddresses({
  logger,
  metrics,
}: ReportAddressesDeps): (change: AddressChange) => void {
  const failing = new Set<string>();
  return ({ address, isUp, message }) => {
    metrics.addressChanged(address, isUp);
    if (isUp) {
      if (failing.delete(address)) logger.info({ address }, 'a ClickHouse address works again');
      return;
    }
    failing.add(address);
    logger.warn({ address, problem: message }, 'a ClickHouse address fails');
  };
}
