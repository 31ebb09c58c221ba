import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_SOURCES } from '../../../src/deepflow/data-sources.ts';
import {
  BLOCK_SECONDS,
  blockOf,
  ownSecond,
  shardOf,
} from '../../../src/exporter/schedule/time-layout.ts';

const dataSource = fc.constantFrom(...DATA_SOURCES);
const second = fc.integer({ min: 0, max: 4_000_000_000 });
const shards = fc.integer({ min: 1, max: 64 });

describe('time is shared between shards', () => {
  test('so that a second belongs to one of them', () => {
    fc.assert(
      fc.property(dataSource, second, shards, (name, at, count) => {
        const owners = Array.from({ length: count }, (_, shard) => shard).filter(
          (shard) =>
            ownSecond({ dataSource: name, shard, layout: [{ from: 0, shards: count }] }, at) === at,
        );
        expect(owners).toEqual([shardOf(name, at, count)]);
      }),
    );
  });

  test('so that the next second of a shard is the first following second that it owns', () => {
    fc.assert(
      fc.property(dataSource, second, shards, fc.nat(), (name, at, count, choice) => {
        const shard = choice % count;
        const own = ownSecond(
          { dataSource: name, shard, layout: [{ from: 0, shards: count }] },
          at,
        );
        let expected = at;
        while (shardOf(name, expected, count) !== shard) expected++;
        expect(own).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  test('so that each second has one owner, also when more shards share time from some second on', () => {
    fc.assert(
      fc.property(dataSource, second, shards, shards, fc.nat(60), (name, at, few, more, ahead) => {
        const from = blockOf(at) + ahead * BLOCK_SECONDS;
        const layout = [
          { from: 0, shards: few },
          { from, shards: few + more },
        ];
        const owner = (own: number): number => shardOf(name, own, own < from ? few : few + more);
        for (let shard = 0; shard < few + more; shard++) {
          let expected = at;
          while (owner(expected) !== shard) expected++;
          expect(ownSecond({ dataSource: name, shard, layout }, at)).toBe(expected);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('as it always was: another layout would export seconds twice or never', () => {
    const owners = [0, 9, 10, 1_700_000_000, 1_700_000_010].map((at) =>
      shardOf('flow_log.l7_flow_log', at, 16),
    );
    expect(owners).toEqual([2, 2, 3, 2, 3]);
  });
});
