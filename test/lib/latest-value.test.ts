import { describe, expect, test } from 'vitest';
import { createLatestValue } from '../../src/lib/latest-value.ts';

describe('a slot', () => {
  test('hands a value to everybody who waits, and keeps it', async () => {
    const slot = createLatestValue<number>();
    const { signal } = new AbortController();
    const waiting = [slot.wait(signal), slot.wait(signal)];
    slot.set(7);
    expect(await Promise.all(waiting)).toEqual([7, 7]);
    expect(slot.get()).toBe(7);
    expect(await slot.wait(signal)).toBe(7);
  });

  test('gives up waiting when told to', async () => {
    const slot = createLatestValue<number>();
    const controller = new AbortController();
    const waiting = slot.wait(controller.signal);
    controller.abort();
    expect(await waiting).toBeUndefined();
    slot.set(1);
    expect(slot.get()).toBe(1);
  });
});
