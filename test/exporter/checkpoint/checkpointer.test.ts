import { describe, expect, test } from 'vitest';
import { createCheckpointer } from '../../../src/exporter/checkpoint/checkpointer.ts';
import type { Checkpoints } from '../../../src/exporter/checkpoint/checkpoint-store.ts';
import { createManualClock } from '../../lib/manual-clock.ts';

const L4 = 'flow_log.l4_flow_log';
const L7 = 'flow_log.l7_flow_log';

function checkpointerUnderTest() {
  const clock = createManualClock();
  const saves: [string, number][][] = [];
  const stop = new AbortController();
  const store = {
    load: () => Promise.resolve(new Map()),
    save: (checkpoints: Checkpoints) => {
      saves.push([...checkpoints]);
      return Promise.resolve(true);
    },
  };
  return { clock, saves, stop, checkpointer: createCheckpointer({ clock, store }, stop.signal) };
}

describe('the checkpointer', () => {
  test('saves what has moved, together and at most once a second', async () => {
    const { clock, saves, checkpointer } = checkpointerUnderTest();
    await clock.advance(10);
    checkpointer.moved(L4, 5);
    checkpointer.moved(L7, 6);
    checkpointer.moved(L7, 7);
    await clock.advance(1_000);
    expect(saves).toEqual([
      [
        [L4, 5],
        [L7, 7],
      ],
    ]);
    await clock.advance(5_000);
    expect(saves).toHaveLength(1);
  });

  test('never saves an older checkpoint', async () => {
    const { clock, saves, checkpointer } = checkpointerUnderTest();
    checkpointer.moved(L7, 9);
    await clock.advance(1_000);
    checkpointer.moved(L7, 8);
    await clock.advance(1_000);
    expect(saves).toEqual([[[L7, 9]]]);
  });

  test('saves at once when asked, also after its end', async () => {
    const { saves, stop, checkpointer } = checkpointerUnderTest();
    stop.abort();
    checkpointer.moved(L7, 9);
    expect(await checkpointer.flush(new AbortController().signal)).toBe(true);
    expect(saves).toEqual([[[L7, 9]]]);
  });
});
