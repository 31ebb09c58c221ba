import { expect, test } from 'vitest';
import { logProgress } from '../../../src/exporter/status/progress-log.ts';
import { createManualClock } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

test('one line a minute says what was delivered in it, until the exporter stops', async () => {
  const clock = createManualClock();
  const lines: unknown[] = [];
  const now = { records: 5, bytes: 100, lag: undefined as number | undefined };
  const stop = new AbortController();
  logProgress(
    {
      clock,
      logger: { ...silentLogger, info: (...line: unknown[]) => lines.push(line) },
      recordsExported: () => now.records,
      bytesExported: () => now.bytes,
      recordsQueued: () => 7,
      lagSeconds: () => now.lag,
      shards: () => [0, 4],
    },
    stop.signal,
  );
  Object.assign(now, { records: 25, bytes: 400, lag: 31.6 });
  await clock.advance(60_000);
  Object.assign(now, { lag: undefined });
  await clock.advance(60_000);
  stop.abort();
  await clock.advance(60_000);
  const words = 'delivered in the last minute';
  const rest = { queuedRecords: 7, shards: 2 };
  expect(lines).toEqual([
    [{ records: 20, bytes: 300, lagSeconds: 32, ...rest }, words],
    [{ records: 0, bytes: 0, ...rest }, words],
  ]);
});
