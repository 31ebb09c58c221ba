import { expect, test } from 'vitest';
import { SimulatedTime } from '../simulated-time.ts';
import { ProduceQuota } from './quota.ts';

const RATE = 1_000;

test('a client may send eleven seconds’ worth at once, and is muted for what it sends above that', async () => {
  const time = new SimulatedTime();
  const quota = new ProduceQuota(time);
  quota.bytesPerSecond = RATE;
  await time.runUntil(60_000);
  expect(quota.count(11 * RATE)).toBe(0);
  expect(quota.count(2 * RATE)).toBe(2_000);
  await time.runUntil(62_000);
  expect(quota.count(RATE)).toBe(1_000);
});

test('without a quota no client is muted', () => {
  expect(new ProduceQuota(new SimulatedTime()).count(1e9)).toBe(0);
});
