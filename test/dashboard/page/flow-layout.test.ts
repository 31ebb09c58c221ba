import { describe, expect, test } from 'vitest';
import type { ExporterDetails } from '../../../src/dashboard/contract/exporter-details.ts';
import { DRAWN_MAX, flowLayout } from '../../../src/dashboard/page/exporter/flow-layout.ts';
import { sampleDetails } from '../sample-rows.ts';

const WELL = { state: 'no problem', needsAttention: false };

type Shard = ExporterDetails['shards']['shown'][number];
type Topic = ExporterDetails['topics']['shown'][number];

function shard(number: number, changes: Partial<Shard> = {}): Shard {
  const delivering = { state: 'has a pod', needsAttention: false };
  return { shard: number, pod: 'pod-0', lagText: '31s', ...delivering, ...changes };
}

function topic(name: string, changes: Partial<Topic> = {}): Topic {
  return {
    topic: name,
    dataSources: ['a'],
    recordsText: '1.2k',
    totalText: '5k',
    lagText: '31s',
    retriesText: '0',
    rejectedText: '0',
    state: 'gets records',
    needsAttention: false,
    ...changes,
  };
}

function details(changes: Partial<ExporterDetails>): ExporterDetails {
  const shards = { shown: [shard(0)], more: 0 };
  const topics = { shown: [topic('calls')], more: 0 };
  return sampleDetails({ shards, topics, ...changes });
}

const texts = (changes: Partial<ExporterDetails>): readonly (readonly string[])[] =>
  flowLayout(details(changes)).boxes.map(({ lines }) => lines);

const many = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('the picture has', () => {
  test('the source, each shard with its pod and lag, and each topic with its records and state', () => {
    const unowned = { shard: 1, lagText: '-', state: 'no pod has it', needsAttention: true };
    const layout = flowLayout(details({ shards: { shown: [unowned, shard(0)], more: 0 } }));
    expect(layout.boxes.map(({ lines, needsAttention }) => [needsAttention, ...lines])).toEqual([
      [false, 'ClickHouse', 'a', 'no problem'],
      [true, 'shard 1, lag -', 'no pod has it'],
      [false, 'shard 0, lag 31s', 'pod-0'],
      [false, 'calls', '1.2k records/s, lag 31s', 'gets records'],
    ]);
    expect(layout.headings.map(({ text }) => text)).toEqual([
      'ClickHouse: no problem',
      'Shards: 2, 1 without a pod',
      'Kafka: no problem',
    ]);
    expect(layout.label).toBe(
      'ClickHouse, no problem; Shards: 2, 1 without a pod; Kafka: no problem; 1 topic. The tables below say the same.',
    );
    // To and from the shard that no pod has.
    expect(layout.lines.filter(({ needsAttention }) => needsAttention)).toHaveLength(2);
  });

  test('pods instead of shards, if records are pushed', () => {
    const pod = {
      name: 'pod-0',
      recordsText: '610',
      lagText: '-',
      credentials: '3',
      shards: '-',
      state: 'ready',
      needsAttention: false,
    };
    expect(
      texts({
        source: { kind: 'HTTP', dataSources: ['a', 'b'], ...WELL },
        shards: { shown: [], more: 0 },
        pods: { shown: [pod], more: 0 },
      }).slice(0, 2),
    ).toEqual([
      ['HTTP pushes', '2 data sources', 'no problem'],
      ['pod-0', '610 records/s, ready'],
    ]);
  });

  test('words for what is not known', () => {
    const none = { shown: [], more: 0 };
    expect(texts({ shards: none, topics: none }).slice(1)).toEqual([
      ['their number is not known'],
      ['no topic is known'],
    ]);
  });

  test('of many shards and topics the first, and how many more there are', () => {
    const shards = { shown: many(256).map((i) => shard(i)), more: 768 };
    const topics = { shown: many(20).map((i) => topic(`t${i}`)), more: 0 };
    const layout = flowLayout(details({ shards, topics }));
    expect(layout.boxes).toHaveLength(1 + (DRAWN_MAX + 1) * 2);
    expect(layout.boxes.map(({ lines }) => lines[0])).toContain('and 1016 more');
    expect(layout.boxes.map(({ lines }) => lines[0])).toContain('and 12 more');
    expect(layout.headings[1]?.text).toBe('Shards: 1024');
    expect(layout.height).toBeLessThan(800);
  });
});

test('no box lies on another or outside of the picture, and no text is longer than its box', () => {
  for (const count of [0, 1, 3, 8, 9, 64]) {
    const shards = { shown: many(count).map((i) => shard(i, { pod: 'p'.repeat(200) })), more: 0 };
    const topics = { shown: many(64 - count).map(() => topic('t'.repeat(249))), more: 0 };
    const { boxes, height, width } = flowLayout(details({ shards, topics }));
    for (const [i, box] of boxes.entries()) {
      expect(box.y).toBeGreaterThanOrEqual(30);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      // A character of 13 units has about 7 of them.
      for (const line of box.lines) expect(line.length * 7).toBeLessThanOrEqual(box.width);
      const others = boxes.slice(i + 1).filter(({ x }) => x === box.x);
      for (const other of others) expect(other.y).toBeGreaterThanOrEqual(box.y + box.height);
    }
  }
});

test('of a name that is too long, the end is shown', () => {
  const name = `deepflow.${'x'.repeat(60)}.calls`;
  const [, , [shown = ''] = []] = texts({ topics: { shown: [topic(name)], more: 0 } });
  expect(shown).toMatch(/^…x+\.calls$/);
});
