import { expect, test } from 'vitest';
import { namespaceTotals } from '../../src/dashboard/namespace-totals.ts';
import type { ExporterRow } from '../../src/fleet/exporter-row.ts';

function row(changes: Partial<ExporterRow>): ExporterRow {
  return {
    namespace: 'a',
    name: 'x',
    ready: 'True',
    reason: 'Delivering',
    message: '',
    pods: '1/1',
    podsAnswered: 1,
    lagSeconds: undefined,
    lagStep: undefined,
    recordsPerSecond: undefined,
    bytesPerSecond: undefined,
    retriesPerSecond: undefined,
    cpuCores: undefined,
    memoryBytes: undefined,
    retries: undefined,
    credentialsRevision: undefined,
    credentialsWanted: undefined,
    lastError: undefined,
    dataSources: [],
    topics: {},
    ageSeconds: undefined,
    ...changes,
  };
}

test('the totals of a namespace are the sums of what is known, the most records first', () => {
  const rows = [
    row({ recordsPerSecond: 10, cpuCores: 0.1, memoryBytes: 1_048_576 }),
    row({ ready: 'False', reason: 'TopicMissing', cpuCores: 0.05, memoryBytes: 1_048_576 }),
    row({ namespace: 'b', recordsPerSecond: 3_000, bytesPerSecond: 2_048 }),
    row({ namespace: 'c' }),
  ];
  const none = { recordsText: '-', bytesText: '-', cpuText: '-', memoryText: '-' };
  expect(namespaceTotals(rows)).toEqual([
    {
      ...none,
      namespace: 'b',
      exporters: 1,
      needAttention: 0,
      recordsText: '3.0k',
      bytesText: '2.0KiB',
    },
    {
      namespace: 'a',
      exporters: 2,
      needAttention: 1,
      recordsText: '10',
      bytesText: '-',
      cpuText: '0.15',
      memoryText: '2.0MiB',
    },
    { ...none, namespace: 'c', exporters: 1, needAttention: 0 },
  ]);
});
