import { expect, test } from 'vitest';
import { startSecond } from '../../../src/exporter/shard/start-second.ts';
import type { ReadingConfig } from '../../../src/exporter/contract/exporter-config.ts';
import { type RecordSource, SourceError } from '../../../src/exporter/source/source.ts';
import { createHealthBoard } from '../../../src/exporter/status/health-board.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

const { signal } = new AbortController();

function start(
  startFrom: ReadingConfig['clickHouse']['startFrom'],
  earliest: RecordSource['earliest'],
) {
  const clock = createManualClock(1_700_000_000_500);
  const source: RecordSource = {
    check: () => Promise.resolve(),
    columns: () => Promise.resolve(new Map()),
    earliest,
    nextRow: () => Promise.resolve(undefined),
    counts: () => Promise.resolve(new Map()),
    read: () => {
      throw new Error('nothing is read here');
    },
  };
  const health = createHealthBoard(clock, silentLogger);
  const cursor = startSecond(
    { clock, random: () => 1, health, source },
    { dataSource: 'flow_log.l7_flow_log', startFrom },
    signal,
  );
  return { clock, cursor, health };
}

test.each([
  ['Now', undefined, 1_700_000_000],
  ['Earliest', 1_600_000_000, 1_600_000_000],
  ['Earliest', undefined, 1_700_000_000],
  ['1960-01-01T00:00:00Z', undefined, 0],
  ['2024-06-10T14:13:20.900+08:00', undefined, 1_718_000_000],
] as const)(
  'a first start from %s, with the oldest row at %s, is at %d',
  async (from, oldest, at) => {
    expect(await start(from, () => Promise.resolve(oldest)).cursor).toBe(at);
  },
);

test('a source that cannot answer yet is asked again, and the reason shows', async () => {
  let tries = 0;
  const { clock, cursor, health } = start('Earliest', () => {
    tries++;
    return tries < 3
      ? Promise.reject(new SourceError({ reason: 'TableMissing', message: 'no table' }, undefined))
      : Promise.resolve(42);
  });
  await clock.advance(0);
  expect(health.problems()).toMatchObject([{ reason: 'TableMissing' }]);
  await clock.advance(10_000);
  expect(await cursor).toBe(42);
});
