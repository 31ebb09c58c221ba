import type { DashboardRow } from '../../src/dashboard/contract.ts';

/** A row of an exporter that delivers, with these changes. */
export function sampleRow(changes: Partial<DashboardRow> = {}): DashboardRow {
  return {
    namespace: 'observability',
    name: 'flow-logs',
    ready: 'True',
    reason: 'Delivering',
    message: 'delivers',
    needsAttention: false,
    lagSeconds: 31,
    lagText: '31s',
    recordsPerSecond: 1_200,
    recordsText: '1.2k',
    bytesText: '-',
    credentials: '1',
    topics: { 'flow_log.l7_flow_log': 'calls' },
    ...changes,
  };
}
