import { expect, test } from 'vitest';
import { planWindow } from '../../../src/exporter/source/plan-window.ts';

test.each([
  ['nothing has settled', 100, 129.9, 30, undefined],
  ['the first second has settled', 100, 131.2, 30, { from: 100, to: 101 }],
  ['it lags a little', 100, 135, 30, { from: 100, to: 105 }],
  ['it lags much: windows stay bounded', 100, 5_000, 30, { from: 100, to: 110 }],
  ['the start lies in the future', 900, 131, 30, undefined],
  ['nothing has to settle', 100, 101, 0, { from: 100, to: 101 }],
])('the next window when %s', (_name, cursor, now, settleSeconds, window) => {
  expect(planWindow(cursor, now, settleSeconds)).toEqual(window);
});
