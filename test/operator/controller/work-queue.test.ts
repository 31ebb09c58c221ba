import { describe, expect, it } from 'vitest';
import { createWorkQueue, type WorkQueue } from '../../../src/operator/controller/work-queue.ts';
import { createManualClock, type ManualClock } from '../../lib/manual-clock.ts';

function open(): { clock: ManualClock; queue: WorkQueue } {
  const clock = createManualClock();
  return { clock, queue: createWorkQueue({ clock }) };
}

describe('a work queue', () => {
  it('holds a key once, in the order of arrival', async () => {
    const { queue } = open();
    for (const key of ['a', 'b', 'a']) queue.add(key);
    expect([await queue.take(), await queue.take(), queue.depth()]).toEqual(['a', 'b', 0]);
  });

  it('gives a key to one worker at a time, and again when it was added meanwhile', async () => {
    const { queue } = open();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.depth()).toBe(0);
    queue.done('a');
    expect(queue.depth()).toBe(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.depth()).toBe(0);
  });

  it('wakes a waiting worker', async () => {
    const { queue } = open();
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
  });

  it('adds later, at the earliest of several times', async () => {
    const { clock, queue } = open();
    queue.addAfter('a', 100);
    queue.addAfter('a', 10);
    queue.addAfter('a', 50);
    await clock.advance(9);
    expect(queue.depth()).toBe(0);
    await clock.advance(1);
    expect(queue.depth()).toBe(1);
    await queue.take();
    queue.done('a');
    await clock.advance(1_000);
    expect(queue.depth()).toBe(0);
  });

  it('waits twice as long after each failure, from 5 ms to 1000 s, until one succeeds', async () => {
    const { clock, queue } = open();
    const waitOnce = async (): Promise<number> => {
      const startMs = clock.monotonicMs();
      queue.addRateLimited('a');
      while (queue.depth() === 0) await clock.advance(5);
      await queue.take();
      queue.done('a');
      return clock.monotonicMs() - startMs;
    };
    const waits = [await waitOnce(), await waitOnce(), await waitOnce()];
    expect(waits).toEqual([5, 10, 20]);
    queue.forget('a');
    expect(await waitOnce()).toBe(5);
  });

  it('ends its workers when it is closed', async () => {
    const { clock, queue } = open();
    const waiting = queue.take();
    queue.addAfter('b', 10);
    queue.close();
    queue.add('a');
    await clock.advance(20);
    expect([await waiting, await queue.take()]).toEqual([undefined, undefined]);
  });
});
