import { expect, it } from 'vitest';
import {
  type ReconcileResult,
  runController,
} from '../../../src/operator/controller/controller.ts';
import { createWorkQueue } from '../../../src/operator/controller/work-queue.ts';
import { createManualClock, settle } from '../../lib/manual-clock.ts';
import { silentLogger } from '../../lib/silent-logger.ts';

it('tries again after a throw and after "retry", reconciles again after "lookAgain", and then stops', async () => {
  const clock = createManualClock();
  const queue = createWorkQueue({ clock });
  const results: (() => ReconcileResult)[] = [
    () => {
      throw new Error('broken');
    },
    () => ({ kind: 'retry' }),
    () => ({ kind: 'lookAgain', afterMs: 1_000 }),
    () => ({ kind: 'done' }),
  ];
  const times: (readonly [atMs: number, attempt: number])[] = [];
  const reconcile = (_key: string, attempt: number): Promise<ReconcileResult> => {
    times.push([clock.monotonicMs(), attempt]);
    const next = results.shift();
    return Promise.resolve().then(() => next?.() ?? { kind: 'done' });
  };
  const running = runController({ queue, reconcile, logger: silentLogger }, 2);
  queue.add('a');
  await settle();
  await clock.advance(10_000);
  expect(times).toEqual([
    [0, 0],
    [5, 1],
    [15, 2],
    [1_015, 0],
  ]);
  queue.close();
  await running;
});
