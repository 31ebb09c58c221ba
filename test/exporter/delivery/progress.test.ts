import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Progress } from '../../../src/exporter/delivery/progress.ts';

describe('progress', () => {
  test('moves over an empty window at once', () => {
    const progress = new Progress(100);
    progress.windowRead(101);
    expect(progress.cursor).toBe(101);
  });

  test('waits for every batch that holds a record of the window', () => {
    const progress = new Progress(100);
    const [first, second] = [progress.startBatch(), progress.startBatch()];
    progress.windowRead(101);
    progress.delivered(second);
    expect(progress.cursor).toBe(100);
    progress.delivered(first);
    expect(progress.cursor).toBe(101);
  });

  test('does not wait for a batch that was started after the window', () => {
    const progress = new Progress(100);
    const batch = progress.startBatch();
    progress.windowRead(101);
    progress.startBatch();
    progress.windowRead(102);
    progress.delivered(batch);
    expect(progress.cursor).toBe(101);
  });

  test('never passes a batch that is not delivered, in whatever order acknowledgements come', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 0 });
    fc.assert(
      fc.property(order, (acknowledged) => {
        const progress = new Progress(0);
        for (let window = 1; window <= 8; window++) {
          progress.startBatch();
          progress.windowRead(window);
        }
        for (const batch of acknowledged) progress.delivered(batch);
        const firstMissing = [0, 1, 2, 3, 4, 5, 6, 7].find(
          (batch) => !acknowledged.includes(batch),
        );
        expect(progress.cursor).toBe(firstMissing ?? 8);
      }),
    );
  });
});
