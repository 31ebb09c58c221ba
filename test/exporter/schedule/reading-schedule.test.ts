import { describe, expect, test } from 'vitest';
import { SentRows } from '../../../src/exporter/progress/sent-rows.ts';
import { type Timing, ReadingSchedule } from '../../../src/exporter/schedule/reading-schedule.ts';

const L7 = 'flow_log.l7_flow_log';
const START = 1_700_000_000;
const TIMING: Timing = { settleSeconds: 10, latenessSeconds: 120, gatherSeconds: 1 };

function scheduleWith(change: Partial<Timing> = {}, start = START): ReadingSchedule {
  const share = { dataSource: L7, shard: 0, layout: [{ from: 0, shards: 1 }] } as const;
  return new ReadingSchedule(
    share,
    { ...TIMING, ...change },
    { start, sentRows: new SentRows(L7) },
  );
}

/**
 * The steps of a schedule that is checked every second, each with the second at which it was due.
 */
function stepsOf(schedule: ReadingSchedule, seconds: number) {
  const steps: { at: number; from: number; to: number; kind: string; isFinal: boolean }[] = [];
  for (let at = 0; at <= seconds; at++) {
    for (let step = schedule.due(START + at); step !== undefined; step = schedule.due(START + at)) {
      const { window, kind, isFinal } = step;
      steps.push({ at, from: window.from - START, to: window.to - START, kind, isFinal });
      schedule.finish(step, START + at);
    }
  }
  return steps;
}

describe('a second', () => {
  test('is read when it has settled', () => {
    const first = stepsOf(scheduleWith(), 13).filter(({ kind }) => kind === 'first');
    expect(first.map(({ at, from, to }) => [at, from, to])).toEqual([
      [11, 0, 1],
      [12, 1, 2],
      [13, 2, 3],
    ]);
  });

  test('is gathered with others for as long as the resource says, but not beyond its block', () => {
    const first = stepsOf(scheduleWith({ gatherSeconds: 4 }), 24).filter(
      ({ kind }) => kind === 'first',
    );
    expect(first.map(({ from, to }) => [from, to])).toEqual([
      [0, 4],
      [4, 8],
      [8, 10],
      [10, 14],
    ]);
  });

  test('is read again until no row can come any more, often at first', () => {
    const steps = stepsOf(scheduleWith(), 141).filter(({ from, to }) => from === 0 && to === 10);
    expect(steps.map(({ at, kind, isFinal }) => [at, kind, isFinal])).toEqual([
      [30, 'again', false],
      [40, 'again', false],
      [60, 'again', false],
      [80, 'again', false],
      [110, 'again', false],
      [140, 'again', true],
    ]);
  });

  test('that is older than the lateness is final at once, one block at a time', () => {
    const schedule = scheduleWith({}, START - 1_000);
    const step = schedule.due(START);
    expect(step).toMatchObject({
      window: { from: START - 1_000, to: START - 990 },
      kind: 'first',
      isFinal: true,
    });
  });

  test('is not read beyond a barrier, whatever has settled', () => {
    const schedule = scheduleWith();
    const steps: number[] = [];
    for (let at = 0; at < 100; at++) {
      for (let step = schedule.due(START + at, START + 20); step !== undefined; ) {
        steps.push(step.window.to - START);
        schedule.finish(step, START + at);
        step = schedule.due(START + at, START + 20);
      }
    }
    expect(Math.max(...steps)).toBe(20);
    schedule.share([
      { from: 0, shards: 1 },
      { from: START + 20, shards: 2 },
    ]);
    expect(schedule.due(START + 100)).toBeDefined();
  });

  test('without rows is skipped up to where rows may still come, and never past a barrier', () => {
    const schedule = scheduleWith({}, START - 1_000);
    const step = schedule.due(START);
    if (step === undefined) throw new Error('a step is due');
    expect(schedule.skipLimit(step, START)).toBe(START - 130);
    expect(schedule.skipLimit(step, START, START - 500)).toBe(START - 500);
    expect(schedule.skipLimit(step, START, START - 985)).toBeUndefined();
    expect(schedule.skipLimit({ ...step, isFinal: false }, START)).toBeUndefined();
    schedule.finish(step, START, START - 333);
    expect(schedule.due(START)?.window).toEqual({ from: START - 333, to: START - 330 });
  });

  test('becomes final after all seconds before it', () => {
    const done: number[] = [];
    const schedule = scheduleWith();
    for (let at = 0; at < 400; at++) {
      for (
        let step = schedule.due(START + at);
        step !== undefined;
        step = schedule.due(START + at)
      ) {
        if (step.isFinal) done.push(step.window.to - START);
        schedule.finish(step, START + at);
      }
    }
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done[0]).toBe(10);
  });
});
