import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assignShards,
  type GroupMember,
} from '../../../../src/exporter/delivery/group/assign-shards.ts';

function member(id: string, owned: readonly number[], generation = 1): GroupMember {
  return { id, isAble: true, shards: 6, generation, owned };
}

const dealt = (members: readonly GroupMember[]): unknown =>
  Object.fromEntries(assignShards(members));

describe('the shards of an exporter', () => {
  test.each<[string, readonly GroupMember[], Record<string, readonly number[]>]>([
    ['all go to a pod that is alone', [member('a', [])], { a: [0, 1, 2, 3, 4, 5] }],
    [
      'are assigned evenly to pods that join together, neighbours to different pods',
      [member('a', []), member('b', [])],
      { a: [0, 2, 4], b: [1, 3, 5] },
    ],
    [
      'are first released, when a pod joins another one',
      [member('a', [0, 1, 2, 3, 4, 5]), member('b', [])],
      { a: [0, 2, 4], b: [] },
    ],
    [
      'go to the pod that joined, once the other one has released them',
      [member('a', [0, 2, 4]), member('b', [])],
      { a: [0, 2, 4], b: [1, 3, 5] },
    ],
    [
      'stay where they are, when a pod leaves',
      [member('a', [1, 3]), member('c', [2, 5])],
      { a: [0, 1, 3], c: [2, 4, 5] },
    ],
    [
      'belong to the pod that got them last, when two pods claim one',
      [member('a', [0, 1, 2, 3], 4), member('b', [3, 4, 5], 5)],
      { a: [0, 1, 2], b: [3, 4, 5] },
    ],
    [
      'do not move when they cannot be even',
      [member('b', [4, 5]), member('a', [0, 1]), member('c', [3]), member('d', [2])],
      { a: [0, 1], b: [4, 5], c: [3], d: [2] },
    ],
  ])('%s', (_sentence, members, expected) => {
    expect(dealt(members)).toEqual(expected);
  });

  test('stay with pods that can export, when a pod joins that cannot', () => {
    const broken = { ...member('b', []), isAble: false };
    expect(dealt([member('a', [0, 1, 2, 3, 4, 5]), broken])).toEqual({
      a: [0, 1, 2, 3, 4, 5],
      b: [],
    });
    expect(dealt([broken])).toEqual({ b: [0, 1, 2, 3, 4, 5] });
  });

  test('are as many as the highest number that a pod knows', () => {
    const old = { ...member('a', [0, 1]), shards: 2 };
    expect(dealt([old, { ...member('b', []), shards: 4 }])).toEqual({ a: [0, 1], b: [2, 3] });
  });

  test('are with one pod each after at most three rebalances, evenly, however they were spread', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(
          fc.record({
            generation: fc.integer({ min: 0, max: 3 }),
            owned: fc.uniqueArray(fc.integer({ min: 0, max: 19 })),
          }),
          { minLength: 1, maxLength: 7 },
        ),
        (shards, claims) => {
          let members = claims.map((claim, i) => ({
            id: `pod-${i}`,
            isAble: true,
            shards,
            ...claim,
          }));
          for (let meeting = 4; meeting < 7; meeting++) {
            const before = new Map(members.map(({ id, owned }) => [id, owned]));
            const assigned = assignShards(members);
            const all = [...assigned.values()].flat();
            // No member ever gets a shard that another member still owns.
            expect(new Set(all).size).toBe(all.length);
            for (const [id, own] of assigned) {
              const added = own.filter((shard) => before.get(id)?.includes(shard) === false);
              const others = [...before].filter(([other]) => other !== id);
              for (const shard of added) {
                expect(others.some(([, owned]) => owned.includes(shard))).toBe(false);
              }
            }
            members = members.map(({ id }) => ({
              id,
              isAble: true,
              shards,
              generation: meeting,
              owned: [...(assigned.get(id) ?? [])],
            }));
          }
          const counts = members.map(({ owned }) => owned.length);
          expect(counts.reduce((a, b) => a + b, 0)).toBe(shards);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test.each([16, 64])(
    'of which there are %i: no pod has more than three neighbours, or waits long for its next turn',
    (shards) => {
      const pods = new Map<string, readonly number[]>();
      for (const id of ['a', 'b', 'c', 'd']) {
        pods.set(id, []);
        meetOften(pods, shards);
        expect(stretchOf(pods, shards)).toBeLessThanOrEqual(pods.size === 1 ? shards : 2);
        expect(waitOf(pods, shards)).toBeLessThanOrEqual(3 * pods.size);
      }
      pods.delete('b');
      meetOften(pods, shards);
      expect(stretchOf(pods, shards)).toBeLessThanOrEqual(3);
      expect(waitOf(pods, shards)).toBeLessThanOrEqual(3 * pods.size);
    },
  );
});

/** Pods meet until nothing moves any more. */
function meetOften(pods: Map<string, readonly number[]>, shards: number): void {
  for (let generation = 0; generation < 3; generation++) {
    const members = [...pods].map(([id, owned]) => ({
      id,
      isAble: true,
      shards,
      generation,
      owned,
    }));
    for (const [id, owned] of assignShards(members)) pods.set(id, owned);
  }
}

/** The most shards in a row that one pod has: for so many blocks of time all others have nothing to do. */
function stretchOf(pods: ReadonlyMap<string, readonly number[]>, shards: number): number {
  const stretch = (owned: readonly number[], shard: number): number => {
    let length = 0;
    while (length < shards && owned.includes((shard + length) % shards)) length++;
    return length;
  };
  return Math.max(...[...pods.values()].flatMap((own) => own.map((each) => stretch(own, each))));
}

/** The most shards from one of a pod to its next one: for so many blocks of time it may have nothing to do. */
function waitOf(pods: ReadonlyMap<string, readonly number[]>, shards: number): number {
  const waits = [...pods.values()].flatMap((owned) =>
    owned.map((shard, i) => {
      const next = owned[(i + 1) % owned.length] ?? shard;
      return ((next - shard + shards - 1) % shards) + 1;
    }),
  );
  return Math.max(...waits);
}
