import { describe, expect, test } from 'vitest';
import type { ExporterDetails } from '../../../src/dashboard/contract/exporter-details.ts';
import { exporterDetails } from '../../../src/dashboard/details/exporter-details.ts';
import { readFleet } from '../../../src/fleet/read-fleet.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import {
  exporterObject,
  podObject,
  refused,
  type SampleCluster,
  sampleClient,
} from '../../fleet/sample-fleet.ts';
import { sampleCluster } from '../sample-cluster.ts';

/** The details of an exporter of the sample, from two readings with five seconds between them. */
async function sample(name: string): Promise<ExporterDetails> {
  const clock = createManualClock();
  const client = sampleCluster(clock);
  const before = await readFleet({ client, clock }, {});
  await clock.advance(5_000);
  const last = await readFleet({ client, clock }, {}, before);
  const find = (reading: typeof last) => reading.exporters.find((each) => each.name === name);
  const exporter = find(last);
  if (exporter === undefined) throw new Error(`no ${name}`);
  return exporterDetails(exporter, find(before), last.atMs);
}

async function detailsOf(cluster: SampleCluster): Promise<ExporterDetails> {
  const clock = createManualClock();
  const { client } = sampleClient(cluster);
  const { atMs, exporters } = await readFleet({ client, clock }, {});
  const [exporter] = exporters;
  if (exporter === undefined) throw new Error('no exporter');
  return exporterDetails(exporter, undefined, atMs);
}

describe('the details of an exporter', () => {
  test('have each shard with its pod and its own lag, those without a pod first', async () => {
    const { shards } = await sample('flow-logs');
    expect(
      shards.shown.map(({ lagText, pod, shard, state }) => [shard, state, pod, lagText]),
    ).toEqual([
      [5, 'no pod has it', undefined, '-'],
      [0, 'has a pod', 'flow-logs-exporter-0', '34s'],
      [1, 'has a pod', 'flow-logs-exporter-0', '33s'],
      [2, 'has a pod', 'flow-logs-exporter-0', '32s'],
      [3, 'has a pod', 'flow-logs-exporter-1', '31s'],
      [4, 'has a pod', 'flow-logs-exporter-1', '34s'],
    ]);
  });

  test('have each topic with its records and its state; a problem belongs to the topic that it names', async () => {
    const { kafka, source, topics } = await sample('invoices');
    expect(source).toMatchObject({ kind: 'ClickHouse', state: 'no problem' });
    expect(kafka).toEqual({ state: 'no problem', needsAttention: false });
    expect(topics.shown).toMatchObject([
      {
        topic: 'invoices.l7',
        dataSources: ['flow_log.l7_flow_log'],
        state: 'TopicMissing',
        needsAttention: true,
        lagText: '4m',
      },
      { topic: 'invoices.events', state: 'gets records', needsAttention: false },
    ]);
    const rates = topics.shown.map(({ recordsText }) => Number(recordsText));
    for (const rate of rates) expect(rate).toBeGreaterThan(50);
  });

  test('have the conditions in words, those that need attention first, with the place of the remedy', async () => {
    const { conditions } = await sample('invoices');
    expect(conditions.map(({ needsAttention, type }) => [type, needsAttention])).toEqual([
      ['Ready', true],
      ['Delivering', true],
      ['CredentialsApplied', true],
      ['ConfigValid', false],
      ['CredentialsResolved', false],
      ['WorkloadAvailable', false],
    ]);
    expect(conditions[0]).toMatchObject({
      status: 'False',
      reason: 'TopicMissing',
      sinceText: '4m',
      remedy: 'docs/troubleshooting.md, section Kafka',
    });
    expect(conditions[0]?.message).toContain('invoices.l7 does not exist');
    expect(conditions[3]).not.toHaveProperty('remedy');
  });

  test('do not call attention to what somebody wants so, and call it to what should not be', async () => {
    const off = await sample('trial');
    expect(off.conditions.some(({ needsAttention }) => needsAttention)).toBe(false);
    const throttled = await sample('all-tables');
    expect(throttled.conditions[0]).toMatchObject({ type: 'Throttled', needsAttention: true });
  });

  test('have the credentials: wanted, in use, being tried, refused', async () => {
    const { credentials: tried } = await sample('flow-logs');
    expect(tried).toEqual({
      desired: '3',
      applied: '3',
      inUse: 'revision 3 by 2 of 2 pods',
      candidate: 'revision 4 is being tried by 2 pods',
      refusals: { shown: [], more: 0 },
    });
    const { credentials: bad } = await sample('invoices');
    expect(bad.candidate).toBe('revision 5 is refused, and not published');
    expect(bad.refusals.shown).toMatchObject([
      { pod: 'invoices-exporter-0', revision: '5', reason: 'KafkaAuthenticationFailed' },
    ]);
  });

  test('have the pods with what each of them does', async () => {
    const { pods } = await sample('flow-logs');
    expect(pods?.shown).toMatchObject([
      { name: 'flow-logs-exporter-0', state: 'ready', credentials: '3', shards: '0, 1, 2' },
      { name: 'flow-logs-exporter-1', state: 'ready', lagText: '34s', shards: '3, 4' },
    ]);
    expect((await sample('all-tables')).pods?.shown[0]?.shards).toBe(
      '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 9 more',
    );
  });

  test('of one that gets pushes have no shards', async () => {
    const { shards, source } = await sample('pushed-spans');
    expect(source.kind).toBe('HTTP');
    expect(shards.shown).toEqual([]);
  });
});

describe('a problem', () => {
  const problem = (reason: string, message: string) =>
    detailsOf({
      exporters: [exporterObject('a', { delivery: { topics: { a: 'calls', b: 'calls.all' } } })],
      pods: [{ ...podObject('a'), status: { phase: 'Running' } }],
      answer: () => (path) =>
        path === '/status'
          ? JSON.stringify({
              delivering: false,
              problems: [{ reason, message, since: '2026-01-31T00:00:00Z' }],
              recordsExported: 0,
            })
          : '',
    });

  test.each([
    ['ClickHouseUnreachable', 'start it', 'ClickHouseUnreachable', 'no problem', []],
    ['TableMissing', 'calls is no table', 'TableMissing', 'no problem', []],
    ['BrokerUnreachable', 'start it', 'no problem', 'BrokerUnreachable', []],
    ['TopicMissing', 'create calls.', 'no problem', 'no problem', ['calls']],
    ['TopicMissing', 'create calls.all!', 'no problem', 'no problem', ['calls.all']],
    ['InternalError', 'calls', 'no problem', 'no problem', []],
  ])('%s, "%s", is shown where it is', async (reason, message, source, kafka, bad) => {
    const details = await problem(reason, message);
    expect(details.source.state).toBe(source);
    expect(details.kafka.state).toBe(kafka);
    const marked = details.topics.shown.filter(({ needsAttention }) => needsAttention);
    expect(marked.map(({ topic }) => topic)).toEqual(bad);
    expect(details.pods?.shown[0]?.state).toBe('runs, not ready');
  });
});

describe('what cannot be read', () => {
  const topics = { 'flow_log.l7_flow_log': 'calls' };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Delivering', message: 'well' }];
  const status = { conditions, delivery: { topics, unownedShards: [1] } };

  test('without the right to list pods, is left out; what the resource says is there', async () => {
    const details = await detailsOf({
      exporters: [exporterObject('a', status)],
      pods: refused(403, 'Forbidden'),
    });
    expect(details).not.toHaveProperty('pods');
    expect(details.source.state).toBe('not known');
    expect(details.shards.shown.map(({ shard, state }) => [shard, state])).toEqual([
      [1, 'no pod has it'],
      [0, 'its pod is not known'],
    ]);
    expect(details.topics.shown).toMatchObject([
      { topic: 'calls', recordsText: '-', lagText: '-', state: 'not known' },
    ]);
    expect(details.conditions).toMatchObject([{ type: 'Ready', sinceText: '-' }]);
  });

  test('of a resource without a status, is empty', async () => {
    const details = await detailsOf({ exporters: [exporterObject('a', undefined)] });
    expect(details).toMatchObject({ conditions: [], topics: { shown: [], more: 0 } });
  });
});

test('details are bounded and plain, whatever resources and pods say', async () => {
  const long = `\u202e${'x'.repeat(40_000)}\u{1b}[31m`;
  const conditions = Array.from({ length: 99 }, (_, i) => ({
    type: `T${i}`,
    status: 'True',
    reason: 'R\u{7}',
    message: long,
  }));
  const topics = Object.fromEntries(Array.from({ length: 999 }, (_, i) => [`s${i}`, `t${i}`]));
  const details = await detailsOf({
    exporters: [
      exporterObject('a', { conditions, delivery: { topics, unownedShards: [9_999_999] } }),
    ],
    pods: Array.from({ length: 300 }, (_, number) => podObject('a', { number })),
    answer: () => (path) =>
      path === '/status'
        ? JSON.stringify({
            delivering: true,
            problems: [],
            recordsExported: 1,
            shards: Array.from({ length: 1_500 }, (_, i) => i),
            shardCount: 1e9,
          })
        : '',
  });
  expect(details.topics).toMatchObject({ more: 999 - 256 });
  expect(details.pods).toMatchObject({ more: 300 - 256 });
  expect(details.shards).toMatchObject({ more: 1_024 - 256 });
  expect(details.conditions).toHaveLength(32);
  const json = JSON.stringify(details);
  expect(json.length).toBeLessThan(400_000);
  expect(json).not.toMatch(/\u202e|\\u001b|\\u0007/);
});
