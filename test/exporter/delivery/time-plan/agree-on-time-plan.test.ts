import { describe, expect, test } from 'vitest';
import type { ProgressMessage } from '../../../../src/exporter/progress/progress-message.ts';
import { agreeOnTimePlan } from '../../../../src/exporter/delivery/time-plan/agree-on-time-plan.ts';
import { createManualClock } from '../../../lib/manual-clock.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
const { signal } = new AbortController();
const FOUR = { kind: 'layout', periods: [{ from: 0, shards: 4 }] } as const;

/**
 * A checkpoint topic whose first partition holds these messages, and the time plan that shards read
 * from it.
 */
function topicSaying(messages: readonly ProgressMessage[], partitions: number) {
  const stored = [...messages];
  const clock = createManualClock();
  /** Data sources whose start is not known yet. */
  const unknown = new Set<string>();
  const deps = {
    clock,
    dataSources: [L7, L4] as const,
    partitions,
    startOf: (dataSource: string) => Promise.resolve(unknown.has(dataSource) ? undefined : 100),
    read: () => Promise.resolve(stored),
    amend: undefined,
  };
  const settle = (shard: number): ReturnType<typeof agreeOnTimePlan> => {
    const commit = (added: readonly ProgressMessage[]): Promise<void> => {
      stored.push(...added);
      return Promise.resolve();
    };
    return agreeOnTimePlan(deps, { shard, messages: [...stored], commit }, signal);
  };
  return { clock, stored, settle, unknown };
}

describe('how time is shared, and where it starts', () => {
  test('is decided by the first shard, once and for all', async () => {
    const { stored, settle } = topicSaying([], 4);
    const plan = await settle(0);
    expect(plan?.layout).toEqual([{ from: 0, shards: 4 }]);
    expect(plan?.starts.get(L7)).toBe(100);
    expect(stored).toHaveLength(3);
    expect(await settle(0)).toEqual(plan);
    expect(stored).toHaveLength(3);
  });

  test('is waited for by the other shards', async () => {
    const { clock, settle } = topicSaying([], 4);
    const waiting = settle(2);
    await clock.advance(2_000);
    const plan = await settle(0);
    await clock.advance(1_000);
    expect(await waiting).toEqual(plan);
  });

  test('stays when the topic gets more partitions, if exporters cannot be fenced', async () => {
    const { settle } = topicSaying([FOUR], 8);
    expect((await settle(0))?.layout).toEqual(FOUR.periods);
  });

  test('is given to the other shards without a start that is not decided yet', async () => {
    const { settle } = topicSaying([FOUR], 4);
    expect(await settle(1)).toEqual({ layout: FOUR.periods, starts: new Map() });
  });

  test('is decided for the other data sources while one start is not known, and for that one later', async () => {
    const { stored, settle, unknown } = topicSaying([], 4);
    unknown.add(L4);
    expect((await settle(0))?.starts).toEqual(new Map([[L7, 100]]));
    expect((await settle(1))?.starts).toEqual(new Map([[L7, 100]]));
    unknown.clear();
    expect((await settle(0))?.starts.get(L4)).toBe(100);
    expect(stored).toHaveLength(3);
  });

  test('keeps the start of a data source, and decides the start of a new one', async () => {
    const start = { kind: 'start', dataSource: L7, second: 7 } as const;
    const { settle } = topicSaying([FOUR, start], 4);
    const plan = await settle(0);
    expect([plan?.starts.get(L7), plan?.starts.get(L4)]).toEqual([7, 100]);
  });
});
