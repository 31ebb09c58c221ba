import { expect, test } from 'vitest';
import { createFirstReadings } from './first-readings.ts';

test('messages that a consumer reads again are not counted again', () => {
  const isFirstReading = createFirstReadings();
  const readings = [
    [0, '0'],
    [0, '2'],
    [1, '0'],
    // The consumer goes back to what it has committed.
    [0, '0'],
    [0, '2'],
    [0, '3'],
    [1, '0'],
    [0, '99999999999999999999'],
  ] as const;
  const first = readings.filter(([partition, offset]) => isFirstReading(partition, offset));
  expect(first).toEqual([
    [0, '0'],
    [0, '2'],
    [1, '0'],
    [0, '3'],
    [0, '99999999999999999999'],
  ]);
});
