import { describe, expect, test } from 'vitest';
import { Ledger } from '../../../src/exporter/progress/sent-rows.ts';
import { type Timing, Track } from '../../../src/exporter/schedule/reading-schedule.ts';

const L7 = 'flow_log.l7_flow_log';
const START = 1_700_000_000;
const TIMING: Timing = { settleSeconds: 10, latenessSeconds: 120, gatherSeconds: 1 };

function trackWith(change: Partial<Timing> = {}, start = START): Track {
  const share = { dataSource: L7, shard: 0, layout: [{ from: 0, shards: 1 }] } as const;
  return new Track(share, { ...TIMING, ...change }, { start, ledger: new Ledger(L7) });
}

/** What a track does when it is asked every second: each step with the second of the day it was due at. */
function stepsOf(track: Track, seconds: number) {
  const steps: { at: number; from: number; to: number; kind: string; isFinal: boolean }[] = [];
  for (let at = 0; at <= seconds; at++) {
    for (let step = track.due(START + at); step !== undefined; step = track.due(START + at)) {
      const { window, kind, isFinal } = step;
      steps.push({ at, from: window.from - START, to: window.to - START, kind, isFinal });
      track.finish(step, START + at);
    }
  }
  return steps;
}

describe('a second', () => {
  test('is read when it has settled', () => {
    const first = stepsOf(trackWith(), 13).filter(({ kind }) => kind === 'first');
    expect(first.map(({ at, from, to }) => [at, from, to])).toEqual([
      [11, 0, 1],
      [12, 1, 2],
      [13, 2, 3],
    ]);
  });

  test('is gathered with others for as long as the resource says, but not beyond its block', () => {
    const first = stepsOf(trackWith({ gatherSeconds: 4 }), 24).filter(
      ({ kind }) => kind === 'first',
    );
    expect(first.map(({ from, to }) => [from, to])).toEqual([
      [0, 4],
      [4, 8],
      [8, 10],
      [10, 14],
    ]);
  });

  test('is looked at again until no row can come any more, often at first', () => {
    const steps = stepsOf(trackWith(), 141).filter(({ from, to }) => from === 0 && to === 10);
    expect(steps.map(({ at, kind, isFinal }) => [at, kind, isFinal])).toEqual([
      [30, 'again', false],
      [40, 'again', false],
      [60, 'again', false],
      [80, 'again', false],
      [110, 'again', false],
      [140, 'again', true],
    ]);
  });

  test('that is older than all lateness is final at once, a block at a time', () => {
    const track = trackWith({}, START - 1_000);
    const step = track.due(START);
    expect(step).toMatchObject({
      window: { from: START - 1_000, to: START - 990 },
      kind: 'first',
      isFinal: true,
    });
  });

  test('is not read beyond a barrier, whatever has settled', () => {
    const track = trackWith();
    const steps: number[] = [];
    for (let at = 0; at < 100; at++) {
      for (let step = track.due(START + at, START + 20); step !== undefined; ) {
        steps.push(step.window.to - START);
        track.finish(step, START + at);
        step = track.due(START + at, START + 20);
      }
    }
    expect(Math.max(...steps)).toBe(20);
    track.share([
      { from: 0, shards: 1 },
      { from: START + 20, shards: 2 },
    ]);
    expect(track.due(START + 100)).toBeDefined();
  });

  test('without rows is skipped up to where rows may still come, and to no barrier’s other side', () => {
    const track = trackWith({}, START - 1_000);
    const step = track.due(START);
    if (step === undefined) throw new Error('a step is due');
    expect(track.skipLimit(step, START)).toBe(START - 130);
    expect(track.skipLimit(step, START, START - 500)).toBe(START - 500);
    expect(track.skipLimit(step, START, START - 985)).toBeUndefined();
    expect(track.skipLimit({ ...step, isFinal: false }, START)).toBeUndefined();
    track.finish(step, START, START - 333);
    expect(track.due(START)?.window).toEqual({ from: START - 333, to: START - 330 });
  });

  test('becomes final after all seconds before it', () => {
    const done: number[] = [];
    const track = trackWith();
    for (let at = 0; at < 400; at++) {
      for (let step = track.due(START + at); step !== undefined; step = track.due(START + at)) {
        if (step.isFinal) done.push(step.window.to - START);
        track.finish(step, START + at);
      }
    }
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done[0]).toBe(10);
  });
});
