import { describe, expect, onTestFinished, test } from 'vitest';
import { roundBytes, roundSeconds } from '../../../src/exporter/status/round.ts';
import { watchThrottle } from '../../../src/exporter/status/throttle-watch.ts';
import { createManualClock } from '../../lib/manual-clock.ts';

const MINUTE_MS = 60_000;

function start() {
  const clock = createManualClock();
  const ended = new AbortController();
  onTestFinished(() => {
    ended.abort();
  });
  const now = { throttledMs: 0, bytes: 0, lagSeconds: undefined as number | undefined };
  const sentence = watchThrottle(
    {
      clock,
      throttledMs: () => now.throttledMs,
      bytesExported: () => now.bytes,
      lagSeconds: () => now.lagSeconds,
    },
    ended.signal,
  );
  /** A minute in which this much is throttled and sent. */
  const minute = async (throttledMs: number, bytes: number, lagSeconds?: number): Promise<void> => {
    now.throttledMs += throttledMs;
    now.bytes += bytes;
    now.lagSeconds = lagSeconds;
    await clock.advance(MINUTE_MS);
  };
  return { sentence, minute };
}

describe('the sentence about a quota', () => {
  test('does not exist while nothing is throttled, or not for long', async () => {
    const { sentence, minute } = start();
    expect(sentence()).toBeUndefined();
    await minute(0, 1e9, 40);
    expect(sentence()).toBeUndefined();
    await minute(11_000, 1e9, 40);
    expect(sentence()).toBeUndefined();
  });

  test('says how many bytes Kafka takes and how many are needed, while the lag grows', async () => {
    const { sentence, minute } = start();
    await minute(0, 0, 40);
    await minute(50_000, 30_000 * 60, 40 + 45);
    expect(sentence()).toMatch(
      /^a quota of Kafka slows this exporter down: Kafka takes about 30 kB a second, and about 100 kB a second are needed to keep up; the oldest record that is not delivered is more than a minute old\. To send more, increase producer_byte_rate/,
    );
  });

  test('says that the quota is enough while a backlog shrinks', async () => {
    const { sentence, minute } = start();
    await minute(0, 0, 9_000);
    await minute(60_000, 6e7, 8_000);
    expect(sentence()).toContain(
      'takes about 1 MB a second, which is enough to keep up; the oldest record that is not delivered is more than 2 hours old',
    );
  });

  test('does not guess how much is needed when nothing advances, or when no lag is known', async () => {
    const { sentence, minute } = start();
    await minute(0, 0, 100);
    await minute(60_000, 60_000, 161);
    expect(sentence()).toContain('and much more is needed to keep up');
    await minute(60_000, 60_000);
    expect(sentence()).toMatch(/takes about 1 kB a second\. To send more/);
  });

  test('ends with the throttling', async () => {
    const { sentence, minute } = start();
    await minute(60_000, 60_000);
    expect(sentence()).toBeDefined();
    await minute(0, 60_000);
    expect(sentence()).toBeUndefined();
  });
});

test.each([
  [0, 'about 0 bytes'],
  [314, 'about 300 bytes'],
  [949, 'about 900 bytes'],
  [950, 'about 1 kB'],
  [34_999, 'about 30 kB'],
  [999_999, 'about 1 MB'],
  [7.2e12, 'about 7000 GB'],
])('%d bytes are %s', (bytes, words) => {
  expect(roundBytes(bytes)).toBe(words);
});

test.each([
  [59, 'less than a minute'],
  [60, 'more than a minute'],
  [4_000, 'more than an hour'],
  [1e6, 'more than a day'],
])('%d seconds are %s', (seconds, words) => {
  expect(roundSeconds(seconds)).toBe(words);
});
