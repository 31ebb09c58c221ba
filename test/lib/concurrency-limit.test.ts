import { describe, expect, test } from 'vitest';
import { limitConcurrency, ConcurrencyLimit } from '../../src/lib/concurrency-limit.ts';

describe('the places of a concurrency limit', () => {
  test('are given at once while some are free, and then in the order of the requests', async () => {
    const places = new ConcurrencyLimit(1);
    const order: string[] = [];
    await places.acquire();
    const first = places.acquire().then(() => order.push('first'));
    const second = places.acquire().then(() => order.push('second'));
    expect(places.waiting).toBe(2);
    places.release();
    await first;
    expect(order).toEqual(['first']);
    places.release();
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  test('are not kept for a caller that stops waiting', async () => {
    const places = new ConcurrencyLimit(1);
    const caller = new AbortController();
    await places.acquire();
    const waiting = places.acquire(caller.signal);
    caller.abort(new Error('no longer needed'));
    await expect(waiting).rejects.toThrow('no longer needed');
    expect(places.waiting).toBe(0);
    places.release();
    await places.acquire();
  });

  test('are not taken by a caller whose signal is aborted already', async () => {
    const places = new ConcurrencyLimit(1);
    await expect(places.acquire(AbortSignal.abort(new Error('too late')))).rejects.toThrow(
      'too late',
    );
    await places.acquire();
    expect(places.waiting).toBe(0);
  });

  test('are given back by work that fails', async () => {
    const place = limitConcurrency(1);
    await expect(place(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await place(() => Promise.resolve(7))).toBe(7);
  });
});
