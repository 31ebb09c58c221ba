import type { ExporterDetails } from '../../src/dashboard/contract/exporter-details.ts';
import type { DashboardRow } from '../../src/dashboard/contract/fleet.ts';

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
    errorsText: '0',
    credentials: 'revision 1, in use by 1 of 1 pod',
    topics: { 'flow_log.l7_flow_log': 'calls' },
    ...changes,
  };
}

/** Details of an exporter that delivers to one topic, with these changes. */
export function sampleDetails(changes: Partial<ExporterDetails> = {}): ExporterDetails {
  const well = { state: 'no problem', needsAttention: false };
  return {
    namespace: 'team',
    name: 'a',
    atMs: 0,
    source: { kind: 'ClickHouse', dataSources: ['a'], ...well },
    kafka: well,
    shards: { shown: [], more: 0 },
    topics: { shown: [], more: 0 },
    conditions: [],
    credentials: {
      desired: '1',
      applied: '1',
      inUse: 'revision 1 by 1 of 1 pod',
      candidate: 'none is being tried',
      refusals: { shown: [], more: 0 },
    },
    ...changes,
  };
}
