import {
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import type { ClickHouseData } from '../../../harness/clickhouse/clickhouse-data.ts';

/** The only address of a ClickHouse that was started for a test. */
export function clickHouseAt({ url, username, password }: ClickHouseData): ClickHouseAddresses {
  return createClickHouseAddresses(
    { clock: systemClock, random: Math.random },
    { url, replicaUrls: [], authenticated: true, requestTimeoutMs: 60_000 },
    () => ({ clickHouseUsername: username, clickHousePassword: password }),
  );
}
