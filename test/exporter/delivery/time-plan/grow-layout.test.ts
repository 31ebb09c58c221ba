import { describe, expect, test } from 'vitest';
import type { Layout, Period } from '../../../../src/exporter/schedule/time-layout.ts';
import { growLayout } from '../../../../src/exporter/delivery/time-plan/grow-layout.ts';
import type { ProgressMessage } from '../../../../src/exporter/progress/progress-message.ts';
import { createManualClock } from '../../../lib/manual-clock.ts';

const L7 = 'flow_log.l7_flow_log';
const NOW = 1_700_000_000;
const TWO: Layout = [{ from: 0, shards: 2 }];
const { signal } = new AbortController();

/**
 * The messages that are written to each partition, in order, when time is shared between more
 * shards.
 */
async function grow(
  partitions: number,
  options: {
    readonly next?: Period;
    readonly own?: readonly ProgressMessage[];
    readonly others?: readonly ProgressMessage[];
  } = {},
) {
  const written: [number, ProgressMessage][] = [];
  const commit = (messages: readonly ProgressMessage[]): Promise<void> => {
    written.push(...messages.map((message): [number, ProgressMessage] => [0, message]));
    return Promise.resolve();
  };
  const layout = await growLayout(
    {
      clock: createManualClock(NOW * 1000),
      partitions,
      amend: (shard, added) => {
        written.push(...added.map((message): [number, ProgressMessage] => [shard, message]));
        return Promise.resolve(options.others ?? []);
      },
    },
    { messages: options.own ?? [], commit, layout: TWO, next: options.next },
    signal,
  );
  return { layout, written };
}

describe('more shards', () => {
  test('share time from a second on that is first announced and protected by barriers', async () => {
    const { layout, written } = await grow(5);
    const next = { from: NOW + 20, shards: 5 };
    expect(layout).toEqual([...TWO, next]);
    expect(written).toEqual([
      [0, { kind: 'layout', periods: TWO, next }],
      [1, { kind: 'barrier', second: NOW + 20 }],
      [0, { kind: 'layout', periods: [...TWO, next] }],
    ]);
  });

  test('change nothing when there are no more partitions than shards', async () => {
    expect(await grow(2)).toEqual({ layout: TWO, written: [] });
  });

  test('begin later when a shard has exported seconds after their beginning', async () => {
    const { layout, written } = await grow(3, {
      others: [{ kind: 'done', dataSource: L7, second: NOW + 47 }],
    });
    expect(layout).toEqual([...TWO, { from: NOW + 50, shards: 3 }]);
    expect(written.map(([shard, { kind }]) => [shard, kind])).toEqual([
      [0, 'layout'],
      [1, 'barrier'],
      [0, 'layout'],
      [1, 'barrier'],
      [0, 'layout'],
    ]);
  });

  test('begin later also when the shard of the time plan has exported such seconds', async () => {
    const rows = { columns: 1, hashes: Buffer.alloc(8) };
    const { layout } = await grow(3, {
      own: [{ kind: 'sent', dataSource: L7, second: NOW + 99, part: 0, rows }],
    });
    expect(layout).toEqual([...TWO, { from: NOW + 110, shards: 3 }]);
  });

  test('begin where they were announced, when the exporter that announced them stopped', async () => {
    const next = { from: NOW - 500, shards: 4 };
    const { layout, written } = await grow(2, { next });
    expect(layout).toEqual([...TWO, next]);
    expect(written).toEqual([
      [1, { kind: 'barrier', second: NOW - 500 }],
      [0, { kind: 'layout', periods: [...TWO, next] }],
    ]);
  });
});
