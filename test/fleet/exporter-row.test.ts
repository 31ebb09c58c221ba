import { describe, expect, it, test } from 'vitest';
import { statusReportSchema } from '../../src/exporter/contract/status-report.ts';
import { type ExporterRow, exporterRow, needsAttention } from '../../src/fleet/exporter-row.ts';
import type { ExporterReading, PodReading } from '../../src/fleet/fleet-reading.ts';
import { fleetRows } from '../../src/fleet/fleet-rows.ts';
import { shownResource } from '../../src/fleet/shown-resource.ts';
import { exporterObject, NO_PARTS, WELL } from './sample-fleet.ts';

const NOW = Date.parse('2026-01-31T01:00:00Z');

function pod(
  name: string,
  counted: { readonly records: number; readonly bytes?: number; readonly atMs: number } | undefined,
  report: Readonly<Record<string, unknown>> = {},
): PodReading {
  const answer = { delivering: true, problems: [], recordsExported: 1, ...report };
  return {
    name,
    uid: `uid-${name}`,
    state: 'Ready',
    isSilent: false,
    report: statusReportSchema.parse(answer),
    counters: counted && {
      parts: NO_PARTS,
      bytes: 0,
      retries: 2,
      // Half a core.
      cpuSeconds: counted.atMs / 2_000,
      memoryBytes: 1_000,
      ...counted,
    },
  };
}

function reading(
  pods: readonly PodReading[] | undefined,
  status: Readonly<Record<string, unknown>> | undefined = WELL,
): ExporterReading {
  return { ...shownResource(exporterObject('a', status)), pods };
}

const row = (now: ExporterReading, before?: ExporterReading): ExporterRow =>
  exporterRow(now, before, NOW);

test('a row of an exporter that delivers has all that is shown', () => {
  const before = reading([pod('p', { records: 100, bytes: 1_000, atMs: 0 })]);
  const now = reading([
    pod(
      'p',
      { records: 160, bytes: 4_000, atMs: 3_000 },
      { lagSeconds: 31, credentialsRevision: 3 },
    ),
  ]);
  expect(row(now, before)).toEqual({
    namespace: 'team',
    name: 'a',
    ready: 'True',
    reason: 'Delivering',
    message: 'records reach Kafka',
    pods: '1/1',
    podsAnswered: 1,
    lagSeconds: 31,
    lagStep: '<1m',
    recordsPerSecond: 20,
    bytesPerSecond: 1_000,
    retriesPerSecond: 0,
    cpuCores: 0.5,
    memoryBytes: 1_000,
    retries: 2,
    credentialsRevision: 3,
    credentialsWanted: 3,
    lastError: undefined,
    dataSources: ['flow_log.l7_flow_log'],
    topics: { 'flow_log.l7_flow_log': 'deepflow.flow_log.l7_flow_log' },
    ageSeconds: 3_600,
  });
});

describe('rates', () => {
  it.each<[string, PodReading[], PodReading[], number | undefined]>([
    ['need a reading before', [pod('p', { records: 9, atMs: 9 })], [], undefined],
    [
      'are those of all pods together, each over its own time',
      [pod('p', { records: 10, atMs: 1_000 }), pod('q', { records: 40, atMs: 2_000 })],
      [pod('p', { records: 0, atMs: 0 }), pod('q', { records: 0, atMs: 0 })],
      30,
    ],
    [
      'count a pod that has started again from 0',
      [pod('p', { records: 10, atMs: 1_000 })],
      [pod('p', { records: 500, atMs: 0 })],
      10,
    ],
    [
      'leave out a pod that was not there before',
      [pod('p', { records: 10, atMs: 1_000 }), pod('q', { records: 9_999, atMs: 1_000 })],
      [pod('p', { records: 0, atMs: 0 })],
      10,
    ],
    [
      'are 0 when nothing was sent',
      [pod('p', { records: 10, atMs: 1_000 })],
      [pod('p', { records: 10, atMs: 0 })],
      0,
    ],
    [
      'are not known without an answer',
      [pod('p', undefined)],
      [pod('p', { records: 10, atMs: 0 })],
      undefined,
    ],
  ])('%s', (_name, now, before, perSecond) => {
    expect(row(reading(now), reading(before)).recordsPerSecond).toBe(perSecond);
  });
});

it('without pods, what the status has is shown', () => {
  expect(row(reading(undefined))).toMatchObject({
    podsAnswered: undefined,
    lagSeconds: undefined,
    lagStep: '<1m',
    retries: undefined,
    credentialsRevision: 3,
  });
});

it('of several pods, the largest lag and the oldest revision are shown', () => {
  const pods = [
    pod('p', undefined, { lagSeconds: 5, credentialsRevision: 4 }),
    pod('q', undefined, { lagSeconds: 50, credentialsRevision: 2 }),
  ];
  expect(row(reading(pods))).toMatchObject({ lagSeconds: 50, credentialsRevision: 2 });
});

describe('the last error', () => {
  const problem = {
    reason: 'TopicMissing',
    message: 'create it',
    since: '2026-01-31T00:59:00Z',
  };
  const lastError = { reason: 'KafkaError', message: 'failed', time: '2026-01-31T00:30:00Z' };

  it('is what a pod reports now', () => {
    const pods = [pod('p', undefined), pod('q', undefined, { problems: [problem] })];
    expect(row(reading(pods, { ...WELL, delivery: { lastError } })).lastError).toEqual({
      reason: 'TopicMissing',
      message: 'create it',
      time: '2026-01-31T00:59:00Z',
      isNow: true,
    });
  });

  it.each([
    ['True', 'Delivering', false],
    ['False', 'KafkaError', true],
    ['False', 'NoReport', false],
  ])(
    'of the status is not over while Delivering is %s with reason %s: %s',
    (status, reason, isNow) => {
      const conditions = [{ type: 'Delivering', status, reason, message: '' }];
      expect(row(reading([], { conditions, delivery: { lastError } })).lastError).toEqual({
        ...lastError,
        isNow,
      });
    },
  );
});

describe('attention', () => {
  it.each([
    ['True', 'Delivering', false],
    ['False', 'TopicMissing', true],
    ['Unknown', 'Progressing', true],
    ['False', 'Disabled', false],
    ['False', 'Suspended', false],
  ])('Ready is %s with reason %s: %s', (status, reason, needed) => {
    const conditions = [{ type: 'Ready', status, reason, message: '' }];
    expect(needsAttention(row(reading([], { conditions })))).toBe(needed);
  });

  it('is needed without a status, which an operator would write', () => {
    const without = { ...reading([]), status: undefined };
    expect(row(without)).toMatchObject({ ready: 'Unknown', reason: 'NoStatus' });
    expect(needsAttention(row(without))).toBe(true);
  });
});

it('rows of two readings belong together by namespace and name, not by their place', () => {
  const p = pod('p', { records: 10, atMs: 1_000 });
  const old = pod('p', { records: 0, atMs: 0 });
  const other = { ...reading([]), name: 'z', namespace: 'x' };
  const now = { atMs: NOW, gaps: [], exporters: [other, reading([p])] };
  const before = { atMs: NOW, gaps: [], exporters: [reading([old]), other] };
  expect(fleetRows(now, before).map(({ recordsPerSecond }) => recordsPerSecond)).toEqual([
    undefined,
    10,
  ]);
});
