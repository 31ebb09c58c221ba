import { describe, expect, test } from 'vitest';
import { createLatestValue } from '../../src/lib/latest-value.ts';

describe('the latest value', () => {
  test('is given to all who wait for it, and is kept', async () => {
    const slot = createLatestValue<number>();
    const { signal } = new AbortController();
    const waiting = [slot.wait(signal), slot.wait(signal)];
    slot.set(7);
    expect(await Promise.all(waiting)).toEqual([7, 7]);
    expect(slot.get()).toBe(7);
    expect(await slot.wait(signal)).toBe(7);
  });

  test('is undefined for a caller whose signal is aborted', async () => {
    const slot = createLatestValue<number>();
    const controller = new AbortController();
    const waiting = slot.wait(controller.signal);
    controller.abort();
    expect(await waiting).toBeUndefined();
    slot.set(1);
    expect(slot.get()).toBe(1);
  });
});
