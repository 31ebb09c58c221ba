import { describe, expect, test } from 'vitest';
import {
  AddressTurns,
  type QueryKind,
  type Turn,
} from '../../../../../src/exporter/source/clickhouse/addresses/address-turns.ts';

const NONE = new Set<number>();
/** The longest of the random waits. */
const LONGEST = 1;

type Step =
  /** Asks, and leaves the query under way. */
  | { readonly ask: QueryKind; readonly is: number }
  /** Asks, and the query ends so at once. */
  | { readonly ask: QueryKind; readonly is: number; readonly ends: 'well' | 'failed' | 'given up' }
  /** The query that was asked as number so and so of the script, from 0 on, ends. */
  | { readonly turn: number; readonly ends: 'well' | 'failed' | 'given up' }
  | { readonly probe: number | undefined; readonly ends?: 'well' | 'failed' }
  | { readonly passes: number };

function run(addresses: number, steps: readonly Step[]): void {
  const turns = new AddressTurns(addresses);
  const begun: Turn[] = [];
  let nowMs = 0;
  const end = (turn: Turn | undefined, how: 'well' | 'failed' | 'given up'): void => {
    if (turn === undefined) throw new Error('no such turn');
    if (how === 'well') turns.succeeded(turn);
    if (how === 'failed') turns.failed(turn, nowMs, LONGEST);
    turns.end(turn);
  };
  for (const [number, step] of steps.entries()) {
    if ('passes' in step) nowMs += step.passes;
    else if ('probe' in step) {
      const at = turns.takeProbe(nowMs)?.address;
      expect(at, `step ${number}`).toBe(step.probe);
      if (at !== undefined && step.ends === 'well') turns.probeSucceeded(at);
      if (at !== undefined && step.ends === 'failed') turns.probeFailed(at, nowMs, LONGEST);
    } else if ('ask' in step) {
      const turn = turns.next(step.ask, NONE, nowMs);
      expect(turn?.address, `step ${number}`).toBe(step.is);
      if (turn !== undefined) begun.push(turn);
      if ('ends' in step) end(turn, step.ends);
    } else end(begun[step.turn], step.ends);
  }
}

describe('addresses take turns:', () => {
  test.each<readonly [string, number, readonly Step[]]>([
    [
      'a single one is asked whatever it answers',
      1,
      [
        { ask: 'rows', is: 0, ends: 'failed' },
        { ask: 'rows', is: 0, ends: 'failed' },
        { passes: 60_000 },
        { ask: 'answer', is: 0 },
      ],
    ],
    [
      'a single one at which a query takes long is probed, too, before and after it has failed',
      1,
      [
        { ask: 'rows', is: 0 },
        { passes: 9_999 },
        { probe: undefined },
        { passes: 1 },
        { probe: 0, ends: 'failed' },
        { ask: 'rows', is: 0 },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
        { passes: 9_000 },
        { probe: 0, ends: 'failed' },
        { passes: 1_000 },
        { probe: undefined },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
      ],
    ],
    [
      'one after the other',
      3,
      [
        { ask: 'rows', is: 0, ends: 'well' },
        { ask: 'rows', is: 1, ends: 'well' },
        { ask: 'rows', is: 2, ends: 'well' },
        { ask: 'rows', is: 0, ends: 'well' },
      ],
    ],
    [
      'a count before every reading sends them not always to the same one',
      2,
      [
        { ask: 'answer', is: 0, ends: 'well' },
        { ask: 'rows', is: 0, ends: 'well' },
        { ask: 'answer', is: 1, ends: 'well' },
        { ask: 'rows', is: 1, ends: 'well' },
      ],
    ],
    [
      'one that is slower is asked less',
      2,
      [
        { ask: 'rows', is: 0 },
        { ask: 'rows', is: 1, ends: 'well' },
        { ask: 'rows', is: 1, ends: 'well' },
        { ask: 'rows', is: 1 },
        { ask: 'rows', is: 0 },
      ],
    ],
    [
      'one that failed is left alone until it answered a probe',
      2,
      [
        { ask: 'rows', is: 0, ends: 'failed' },
        { ask: 'rows', is: 1, ends: 'well' },
        { passes: 999 },
        { probe: undefined },
        { ask: 'rows', is: 1, ends: 'well' },
        { passes: 1 },
        { probe: 0, ends: 'well' },
        { probe: undefined },
        { ask: 'rows', is: 0, ends: 'well' },
      ],
    ],
    [
      'one on trial gets one query at a time',
      2,
      [
        { ask: 'rows', is: 0, ends: 'failed' },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
        { ask: 'rows', is: 1 },
        { ask: 'rows', is: 0 },
        { ask: 'rows', is: 1 },
        { ask: 'rows', is: 1 },
        { turn: 2, ends: 'well' },
        { ask: 'rows', is: 0 },
      ],
    ],
    [
      'one that answers probes and no queries is left alone for longer and longer',
      2,
      [
        { ask: 'rows', is: 0, ends: 'failed' },
        { ask: 'rows', is: 1, ends: 'well' },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
        { ask: 'rows', is: 0, ends: 'failed' },
        { passes: 1_999 },
        { probe: undefined },
        { passes: 1 },
        { probe: 0, ends: 'failed' },
        { passes: 3_999 },
        { probe: undefined },
        { passes: 1 },
        { probe: 0 },
      ],
    ],
    [
      'what began before a failure says nothing after it',
      2,
      [
        { ask: 'rows', is: 0 },
        { ask: 'rows', is: 1 },
        { ask: 'rows', is: 0 },
        { ask: 'rows', is: 1 },
        { turn: 0, ends: 'failed' },
        { turn: 2, ends: 'failed' },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
        { ask: 'rows', is: 0, ends: 'well' },
      ],
    ],
    [
      'a query that hangs at one that failed keeps it from nothing',
      2,
      [
        { ask: 'rows', is: 0 },
        { ask: 'rows', is: 1, ends: 'well' },
        { ask: 'answer', is: 1, ends: 'well' },
        { ask: 'rows', is: 1 },
        { ask: 'answer', is: 0, ends: 'failed' },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
        { ask: 'answer', is: 0, ends: 'well' },
        { turn: 0, ends: 'failed' },
        { ask: 'rows', is: 0 },
      ],
    ],
    [
      'where none is well, the one whose wait ends first is asked',
      2,
      [
        { ask: 'rows', is: 0, ends: 'failed' },
        { passes: 10 },
        { ask: 'rows', is: 1, ends: 'failed' },
        { ask: 'rows', is: 0, ends: 'failed' },
        { ask: 'rows', is: 1, ends: 'well' },
        { ask: 'rows', is: 1, ends: 'well' },
      ],
    ],
    [
      'one at which a query takes long is probed from time to time, and left alone when it does not answer',
      2,
      [
        { ask: 'rows', is: 0 },
        { ask: 'rows', is: 1, ends: 'well' },
        { passes: 9_999 },
        { probe: undefined },
        { passes: 1 },
        { probe: 0, ends: 'well' },
        { probe: undefined },
        { ask: 'rows', is: 1 },
        { ask: 'rows', is: 0, ends: 'well' },
        { turn: 2, ends: 'well' },
        { passes: 10_000 },
        { probe: 0, ends: 'failed' },
        { ask: 'rows', is: 1 },
        { ask: 'rows', is: 1 },
        { turn: 3, ends: 'well' },
        { passes: 1_000 },
        { probe: 0, ends: 'well' },
        { ask: 'answer', is: 0, ends: 'well' },
      ],
    ],
    [
      'who gives a query up says nothing about its address',
      2,
      [
        { ask: 'rows', is: 0, ends: 'given up' },
        { ask: 'rows', is: 1, ends: 'given up' },
        { ask: 'rows', is: 0, ends: 'well' },
      ],
    ],
  ])('%s', (_name, addresses, steps) => {
    run(addresses, steps);
  });

  test('one is left alone for half a minute at most', () => {
    const turns = new AddressTurns(2);
    for (let nowMs = 0; nowMs < 1_000_000; nowMs += 30_000) {
      const at = nowMs === 0 ? 0 : turns.takeProbe(nowMs)?.address;
      expect(at).toBe(0);
      if (nowMs > 0) turns.probeFailed(0, nowMs, LONGEST);
      else turns.failed({ address: 0, number: 0 }, nowMs, LONGEST);
    }
  });

  test('those that were tried are not asked again, and no other is when none is well', () => {
    const turns = new AddressTurns(3);
    const tried = new Set<number>();
    const askNext = (): number | undefined => {
      const turn = turns.next('answer', tried, 0);
      if (turn === undefined) return undefined;
      tried.add(turn.address);
      turns.failed(turn, 0, LONGEST);
      turns.end(turn);
      return turn.address;
    };
    expect([askNext(), askNext(), askNext(), askNext()]).toEqual([0, 1, 2, undefined]);
    tried.clear();
    expect([askNext(), askNext()]).toEqual([0, undefined]);
  });
});
