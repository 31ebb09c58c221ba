import { expect, onTestFinished, test } from 'vitest';
import type { Snapshot } from '../../src/dashboard/contract/fleet.ts';
import { createFleetFeed, type FleetFeed } from '../../src/dashboard/fleet-feed.ts';
import type { FleetReading } from '../../src/fleet/fleet-reading.ts';
import { createManualClock } from '../lib/manual-clock.ts';

const INTERVAL_MS = 5_000;

/** A feed whose readings are counted; `fail` makes the next ones fail. */
function start() {
  const clock = createManualClock();
  const reads: (FleetReading | undefined)[] = [];
  const state = { fails: false };
  const feed: FleetFeed = createFleetFeed({
    clock,
    intervalMs: INTERVAL_MS,
    read: (before) => {
      reads.push(before);
      if (state.fails) return Promise.reject(new Error('no answer from the API server'));
      const resource = { namespace: 'n', name: 'x', createdAt: undefined, dataSources: [] };
      const source = 'ClickHouse' as const;
      const exporters = [{ ...resource, source, status: undefined, pods: [] }];
      return Promise.resolve({ atMs: reads.length, exporters, gaps: ['a gap'] });
    },
  });
  onTestFinished(() => {
    feed.stop();
  });
  return { clock, feed, reads, state };
}

test('reads only while somebody looks, and tells each reading the one before', async () => {
  const { clock, feed, reads } = start();
  await clock.advance(INTERVAL_MS * 3);
  expect(reads).toEqual([]);
  const seen: Snapshot[] = [];
  const stop = feed.watch((snapshot) => seen.push(snapshot));
  await clock.advance(INTERVAL_MS);
  expect(reads).toHaveLength(2);
  expect(reads[1]?.atMs).toBe(1);
  expect(seen.map(({ atMs, gaps }) => ({ atMs, gaps }))).toEqual([
    { atMs: 1, gaps: ['a gap'] },
    { atMs: 2, gaps: ['a gap'] },
  ]);
  stop();
  await clock.advance(INTERVAL_MS * 3);
  expect(reads).toHaveLength(2);
  feed.watch(() => undefined);
  await clock.advance(0);
  expect(reads).toHaveLength(3);
});

test('a failed reading keeps what was read before, and says why it failed', async () => {
  const { clock, feed, state } = start();
  feed.watch(() => undefined);
  await clock.advance(0);
  state.fails = true;
  await clock.advance(INTERVAL_MS);
  expect(feed.latest()).toMatchObject({
    rows: [{ name: 'x' }],
    problem: 'no answer from the API server',
  });
  expect(feed.histories()['n/x']?.lag).toHaveLength(1);
  state.fails = false;
  await clock.advance(INTERVAL_MS);
  expect(feed.latest()?.problem).toBeUndefined();
});

test('has the details of each exporter of the last reading, and asks nobody for them', async () => {
  const { clock, feed, reads } = start();
  expect(feed.details({ namespace: 'n', name: 'x' })).toBeUndefined();
  feed.watch(() => undefined);
  await clock.advance(INTERVAL_MS);
  expect(reads).toHaveLength(2);
  expect(feed.details({ namespace: 'n', name: 'x' })).toMatchObject({ name: 'x', atMs: 2 });
  expect(feed.details({ namespace: 'n', name: 'y' })).toBeUndefined();
  expect(feed.details({ namespace: 'x', name: 'x' })).toBeUndefined();
  expect(reads).toHaveLength(2);
});

test('keeps a bounded number of values', async () => {
  const { clock, feed } = start();
  feed.watch(() => undefined);
  for (let i = 0; i < 80; i++) await clock.advance(INTERVAL_MS);
  expect(feed.histories()['n/x']?.lag).toHaveLength(60);
});
