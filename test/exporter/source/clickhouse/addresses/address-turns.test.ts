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
  /** Starts a query that keeps running. */
  | { readonly ask: QueryKind; readonly is: number }
  /** Starts a query that ends at once in this way. */
  | { readonly ask: QueryKind; readonly is: number; readonly ends: 'well' | 'failed' | 'given up' }
  /** The query with this number in the script, counted from 0, ends. */
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
      'a single address is always used, whatever it answers',
      1,
      [
        { ask: 'rows', is: 0, ends: 'failed' },
        { ask: 'rows', is: 0, ends: 'failed' },
        { passes: 60_000 },
        { ask: 'answer', is: 0 },
      ],
    ],
    [
      'a single address where a query takes long is probed, before and after a failure',
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
      'a count before every reading does not send all readings to the same address',
      2,
      [
        { ask: 'answer', is: 0, ends: 'well' },
        { ask: 'rows', is: 0, ends: 'well' },
        { ask: 'answer', is: 1, ends: 'well' },
        { ask: 'rows', is: 1, ends: 'well' },
      ],
    ],
    [
      'a slower address gets fewer queries',
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
      'an address that failed is not used until it has answered a probe',
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
      'an address on trial gets one query at a time',
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
      'an address that answers probes but no queries is not used for longer and longer',
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
      'a query that began before a failure says nothing after it',
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
      'a query that hangs at an address that failed does not block the address',
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
      'when no address is healthy, the one whose wait ends first is used',
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
      'an address where a query takes long is probed from time to time, and not used when it does not answer',
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
      'a cancelled query says nothing about its address',
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

  test('an address is not used for at most half a minute', () => {
    const turns = new AddressTurns(2);
    for (let nowMs = 0; nowMs < 1_000_000; nowMs += 30_000) {
      const at = nowMs === 0 ? 0 : turns.takeProbe(nowMs)?.address;
      expect(at).toBe(0);
      if (nowMs > 0) turns.probeFailed(0, nowMs, LONGEST);
      else turns.failed({ address: 0, number: 0 }, nowMs, LONGEST);
    }
  });

  test('addresses that were tried are not used again, and no other address when none is healthy', () => {
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
