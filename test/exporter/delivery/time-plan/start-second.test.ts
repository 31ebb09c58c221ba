import { expect, test } from 'vitest';
import { findStarts } from '../../../../src/exporter/delivery/time-plan/start-second.ts';
import type { ReadingConfig } from '../../../../src/exporter/contract/exporter-config.ts';
import { type RecordSource, SourceError } from '../../../../src/exporter/source/source.ts';
import { createHealthBoard } from '../../../../src/exporter/status/health-board.ts';
import { createManualClock } from '../../../lib/manual-clock.ts';
import { silentLogger } from '../../../lib/silent-logger.ts';
import { MemoryTable } from '../simulation.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const { signal } = new AbortController();

function startsFrom(
  startFrom: ReadingConfig['clickHouse']['startFrom'],
  earliest: RecordSource['earliest'],
) {
  const clock = createManualClock(1_700_000_000_500);
  const { prepared } = new MemoryTable();
  /** Data sources whose table is missing. */
  const missing = new Set<string>();
  const health = createHealthBoard(clock, silentLogger);
  const tables = { get: (name: string) => (missing.has(name) ? undefined : prepared) };
  const deps = { clock, random: () => 1, health, source: { earliest }, tables };
  return { clock, health, missing, startOf: findStarts(deps, startFrom, signal) };
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
    const { startOf } = startsFrom(from, () => Promise.resolve(oldest));
    expect(await startOf(L7, signal)).toBe(at);
  },
);

test('a source that cannot answer yet is queried again, and the reason is reported', async () => {
  let tries = 0;
  const problem = { reason: 'ClickHouseLimitReached', message: 'too slow' } as const;
  const { clock, health, startOf } = startsFrom('Earliest', () =>
    ++tries < 20 ? Promise.reject(new SourceError(problem, undefined)) : Promise.resolve(42),
  );
  const first = startOf(L7, signal);
  await clock.advance(3_000);
  expect(await first).toBeUndefined();
  expect(health.problems()).toMatchObject([problem]);
  await clock.advance(100_000);
  expect(await startOf(L7, signal)).toBe(42);
  expect(health.problems()).toEqual([]);
});

test('a missing table is waited for, and does not delay other tables', async () => {
  const { clock, missing, startOf } = startsFrom('Earliest', () => Promise.resolve(42));
  missing.add(L4);
  const waiting = startOf(L4, signal);
  expect(await startOf(L7, signal)).toBe(42);
  await clock.advance(60_000);
  expect(await waiting).toBeUndefined();
  expect(await startOf(L4, signal)).toBeUndefined();
  missing.delete(L4);
  await clock.advance(1_000);
  expect(await startOf(L4, signal)).toBe(42);
});
