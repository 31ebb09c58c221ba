import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it, test } from 'vitest';
import { statusJson, statusYaml } from '../../../src/cli/status/status-documents.ts';
import { statusText } from '../../../src/cli/status/status-text.ts';
import { durationText } from '../../../src/fleet/row-texts.ts';
import type { ExporterRow } from '../../../src/fleet/exporter-row.ts';

const NOW = Date.parse('2026-01-31T01:00:00Z');

const WELL: ExporterRow = {
  namespace: 'team',
  name: 'flow-logs',
  ready: 'True',
  reason: 'Delivering',
  message: 'records reach Kafka',
  pods: '2/2',
  podsAnswered: 2,
  lagSeconds: 31,
  lagStep: '<1m',
  recordsPerSecond: 12_345,
  cpuCores: undefined,
  memoryBytes: undefined,
  bytesPerSecond: 2_621_440,
  retriesPerSecond: 0,
  retries: 0,
  credentialsRevision: 3,
  credentialsWanted: 3,
  lastError: undefined,
  dataSources: ['flow_log.l7_flow_log', 'flow_log.l4_flow_log'],
  topics: { 'flow_log.l7_flow_log': 'l7', 'flow_log.l4_flow_log': 'l4' },
  ageSeconds: 86_400,
};

const UNKNOWN: ExporterRow = {
  ...WELL,
  name: 'new',
  ready: 'Unknown',
  reason: 'NoStatus',
  message: 'no operator',
  pods: undefined,
  podsAnswered: undefined,
  lagSeconds: undefined,
  lagStep: undefined,
  recordsPerSecond: undefined,
  bytesPerSecond: undefined,
  retries: undefined,
  credentialsRevision: undefined,
  credentialsWanted: undefined,
  topics: {},
  ageSeconds: undefined,
};

const BROKEN: ExporterRow = {
  ...WELL,
  name: 'x',
  ready: 'False',
  reason: 'TopicMissing',
  message: 'create it',
  recordsPerSecond: 0,
  bytesPerSecond: 0,
  retries: 71,
  credentialsWanted: 4,
  lastError: {
    reason: 'TopicMissing',
    message: 'create it',
    time: '2026-01-31T00:55:00Z',
    isNow: true,
  },
};

/** The table as a list of cells. */
function cells(
  rows: readonly ExporterRow[],
  change: { readonly withNamespace?: boolean; readonly isWide?: boolean } = {},
): string[][] {
  const table = { withNamespace: false, isWide: false, nowMs: NOW, ...change };
  const lines = statusText(rows, table).trimEnd().split('\n');
  return lines.map((line) => line.split(/ {2,}/));
}

describe('the table', () => {
  it('has what a person needs, and a dash for what is not known', () => {
    const ended: ExporterRow = {
      ...WELL,
      lastError: { reason: 'KafkaError', message: 'm', time: '2026-01-30T20:00:00Z', isNow: false },
    };
    expect(cells([WELL, UNKNOWN, BROKEN, ended])).toEqual([
      [
        ...['NAME', 'READY', 'REASON', 'PODS', 'LAG', 'RECORDS/S', 'BYTES/S', 'RETRIES'],
        ...['REVISION', 'LAST ERROR'],
      ],
      ['flow-logs', 'True', 'Delivering', '2/2', '31s', '12.3k', '2.5MiB', '0', '3', '-'],
      ['new', 'Unknown', 'NoStatus', '-', '-', '-', '-', '-', '-', '-'],
      [
        ...['x', 'False', 'TopicMissing', '2/2', '31s', '0', '0B', '71', '3, new 4'],
        'TopicMissing for 5m',
      ],
      [
        ...['flow-logs', 'True', 'Delivering', '2/2', '31s', '12.3k', '2.5MiB', '0', '3'],
        'KafkaError 5h ago',
      ],
    ]);
  });

  it('of all namespaces begins with the namespace', () => {
    expect(cells([WELL], { withNamespace: true })[1]?.slice(0, 2)).toEqual(['team', 'flow-logs']);
  });

  it('that is wide also has age, data sources, topics and messages', () => {
    const [headings, first, second] = cells([BROKEN, UNKNOWN], { isWide: true });
    expect(headings?.slice(9)).toEqual(['AGE', 'SOURCES', 'TOPICS', 'LAST ERROR', 'MESSAGE']);
    expect(first?.slice(9)).toEqual([
      '24h',
      'flow_log.l7_flow_log,flow_log.l4_flow_log',
      'l7,l4',
      'TopicMissing for 5m: create it',
      'create it',
    ]);
    expect(second?.slice(9, 12)).toEqual(['-', 'flow_log.l7_flow_log,flow_log.l4_flow_log', '-']);
  });

  it('shows the step of the lag while no pod has told the exact one', () => {
    expect(cells([{ ...WELL, lagSeconds: undefined }])[1]?.[4]).toBe('<1m');
  });
});

test.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [7_199, '119m'],
  [7_200, '2h'],
  [172_799, '47h'],
  [172_800, '2d'],
])('%s seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test.each([
  [0.5, '0.5'],
  [1, '1'],
  [999, '999'],
  [1_000, '1.0k'],
  [250_000, '250k'],
  [3_200_000, '3.2M'],
  [9e12, '9000G'],
])('%s records in a second are %s', (perSecond, text) => {
  expect(cells([{ ...WELL, recordsPerSecond: perSecond }])[1]?.[5]).toBe(text);
});

test('nothing that a resource or a pod says controls the terminal or breaks a line', () => {
  const evil = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(evil, evil, (a, b) => {
      const error = { reason: a, message: b, time: '2026-01-31T00:55:00Z', isNow: true };
      const row = { ...WELL, name: b, message: a, pods: b, lagSeconds: undefined, lagStep: a };
      const rows = [{ ...row, dataSources: [a], topics: { [a]: b }, lastError: error }];
      const text = statusText(rows, { withNamespace: true, isWide: true, nowMs: NOW });
      expect(text.split('\n')).toHaveLength(3);
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      const json = statusJson({ exporters: rows, gaps: [a] });
      expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
});

test('JSON and YAML have the numbers as they are', () => {
  const document = { exporters: [WELL], gaps: ['one'] };
  expect(JSON.parse(statusJson(document))).toEqual(JSON.parse(JSON.stringify(document)));
  expect(load(statusYaml(document))).toEqual(JSON.parse(JSON.stringify(document)));
});
