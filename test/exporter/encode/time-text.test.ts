import { expect, test } from 'vitest';
import { utcTimeText } from '../../../src/exporter/encode/time-text.ts';

test.each([
  [123_456, '2024-06-10 06:13:20.123456 +0000 UTC'],
  [0, '2024-06-10 06:13:20 +0000 UTC'],
  [100_000, '2024-06-10 06:13:20.1 +0000 UTC'],
  [7, '2024-06-10 06:13:20.000007 +0000 UTC'],
])('%d µs after the second reads as Go prints it', (micros, text) => {
  expect(utcTimeText(1_718_000_000, micros)).toBe(text);
});
