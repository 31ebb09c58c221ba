import { describe, expect, test } from 'vitest';
import {
  effectText,
  progressJson,
  progressText,
} from '../../../src/cli/checkpoints/checkpoints-text.ts';
import { type Progress, progressOf } from '../../../src/exporter/progress/exporter-progress.ts';
import { resetEffect } from '../../../src/exporter/progress/reset-effect.ts';
import type { ProgressMessage } from '../../../src/exporter/progress/progress-message.ts';
import { exporterConfig } from '../../exporter/exporter-config.ts';

const L7 = 'flow_log.l7_flow_log';
const L4 = 'flow_log.l4_flow_log';
/** 2026-01-31T00:00:00Z. Of two shards, shard 0 has the block that begins here. */
const T = 1_769_817_600;

const done = (second: number): ProgressMessage => ({ kind: 'done', dataSource: L7, second });
const sent = (second: number, rows: number): ProgressMessage => ({
  kind: 'sent',
  dataSource: L7,
  second,
  part: 0,
  rows: { columns: 1, hashes: Buffer.alloc(8 * rows) },
});

const forgotten = (second: number): ProgressMessage => ({
  kind: 'sent',
  dataSource: L7,
  second,
  part: 0,
  rows: undefined,
});

const progress: Progress = progressOf(
  [
    [
      { kind: 'layout', periods: [{ from: 0, shards: 2 }] },
      { kind: 'start', dataSource: L7, second: T },
      sent(T + 5, 100),
      forgotten(T + 5),
      done(T + 20),
    ],
    [done(T + 30), sent(T + 31, 5), sent(T + 32, 7)],
  ],
  [L7, L4],
);
const shown = {
  config: exporterConfig({ other: { dataSources: [L7, L4] } }),
  progress,
  nowMs: (T + 100) * 1000,
};

describe('progress', () => {
  test('is shown for each data source, which is final up to its slowest shard', () => {
    expect(progressText(shown, true)).toBe(
      `exporter     observability/l7
checkpoints  deepflow-export.observability.l7.checkpoints: 2 shards, ExactlyOnce

DATA SOURCE           START                 FINAL UP TO           SENT UP TO            LAG AT MOST  OPEN SECONDS  ROWS
flow_log.l7_flow_log  2026-01-31T00:00:00Z  2026-01-31T00:00:20Z  2026-01-31T00:00:20Z  80 s         2             12
flow_log.l4_flow_log  not started           -                     -                     -            -             -

flow_log.l7_flow_log
SHARD  FINAL UP TO           SENT UP TO            OPEN SECONDS  ROWS
0      2026-01-31T00:00:20Z  2026-01-31T00:00:20Z  0             0
1      2026-01-31T00:00:30Z  2026-01-31T00:00:33Z  2             12
`,
    );
  });

  test('has the lag of the rows that were sent, which are final much later', () => {
    const plan: readonly ProgressMessage[] = [
      { kind: 'layout', periods: [{ from: 0, shards: 2 }] },
      { kind: 'start', dataSource: L7, second: T - 100 },
    ];
    const recent = progressOf(
      [
        [...plan, done(T - 100), sent(T + 89, 1)],
        [done(T - 90), sent(T + 94, 1)],
      ],
      [L7],
    );
    expect(JSON.parse(progressJson({ ...shown, progress: recent }))).toMatchObject({
      dataSources: [
        {
          finalUpTo: '2026-01-30T23:58:20Z',
          sentUpTo: '2026-01-31T00:01:35Z',
          lagSeconds: 5,
        },
      ],
    });
  });

  test('is shown as JSON with the same figures', () => {
    expect(JSON.parse(progressJson(shown))).toMatchObject({
      resource: 'observability/l7',
      shards: 2,
      dataSources: [
        {
          dataSource: L7,
          start: '2026-01-31T00:00:00Z',
          finalUpTo: '2026-01-31T00:00:20Z',
          sentUpTo: '2026-01-31T00:00:20Z',
          lagSeconds: 80,
          openSeconds: 2,
          rememberedRows: 12,
          shards: [{ shard: 0 }, { shard: 1, sentUpTo: '2026-01-31T00:00:33Z' }],
        },
      ],
    });
  });

  test('of an exporter that has exported nothing shows that', () => {
    const none = { ...shown, progress: progressOf([[], []], [L7, L4]) };
    expect(progressText(none, true)).toContain('checkpoints: nothing yet, ExactlyOnce');
    expect(JSON.parse(progressJson(none))).toMatchObject({ shards: 0, dataSources: [] });
  });
});

describe('a reset says', () => {
  const [found] = progress.dataSources;
  if (found === undefined) throw new Error('the data source was started');
  const text = (to: number, shards = false): string =>
    effectText({ dataSource: L7, to, effect: resetEffect(found, to) }, { dryRun: true, shards });

  test.each([
    [
      'what is sent again when it moves back',
      T + 12,
      '  sent again: rows that were sent, from 2026-01-31T00:00:12Z to 2026-01-31T00:00:33Z\n',
    ],
    [
      'what is sent from the time before the old start',
      T - 100,
      `  sent again: rows that were sent, from 2026-01-31T00:00:00Z to 2026-01-31T00:00:33Z
  sent for the first time: all rows before the old start, from 2026-01-30T23:58:20Z to 2026-01-31T00:00:00Z
`,
    ],
    [
      'what is skipped when it moves forward',
      T + 60,
      '  skipped: rows that were not sent yet, from 2026-01-31T00:00:20Z to 2026-01-31T00:01:00Z\n',
    ],
    [
      'both when it moves to a second that is not final',
      T + 32,
      `  sent again: rows that were sent, from 2026-01-31T00:00:32Z to 2026-01-31T00:00:33Z
  skipped: rows that were not sent yet, from 2026-01-31T00:00:20Z to 2026-01-31T00:00:32Z
`,
    ],
  ])('%s', (_name, to, words) => {
    expect(text(to)).toContain('flow_log.l7_flow_log would continue from 2026-');
    expect(text(to)).toContain(words);
  });

  test('what happens to each shard, if shards are requested', () => {
    expect(text(T + 60, true)).toContain(
      '  shard 0:\n    skipped: rows that were not sent yet, from 2026-01-31T00:00:20Z to 2026-01-31T00:01:00Z\n',
    );
  });

  test('that a data source which never started loses nothing', () => {
    const reset = { dataSource: L4, to: T, effect: undefined } as const;
    expect(effectText(reset, { dryRun: false, shards: false })).toBe(
      `flow_log.l4_flow_log continues from 2026-01-31T00:00:00Z
  the data source was not started before: nothing is sent again or skipped
`,
    );
  });
});
