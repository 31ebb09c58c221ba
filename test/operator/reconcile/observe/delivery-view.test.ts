import { describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../../src/exporter/contract/status-report.ts';
import type { LagStep } from '../../../../src/operator/api/status/delivery-status.ts';
import { deliveryView } from '../../../../src/operator/reconcile/observe/delivery-view.ts';
import { lagStepOf } from '../../../../src/operator/reconcile/observe/lag-step.ts';
import { sampleReport } from '../../sample-observation.ts';
import { sampleResource } from '../../sample-resource.ts';

/** The steps that a status shows one after the other while the lag takes these values. */
function shownFor(lags: readonly number[], first?: LagStep): LagStep[] {
  const shown: LagStep[] = [];
  for (const lag of lags) shown.push(lagStepOf(lag, shown.at(-1) ?? first));
  return shown;
}

describe('the step of a lag', () => {
  it.each<[number, LagStep]>([
    [0, '<10s'],
    [9.9, '<10s'],
    [10, '<1m'],
    [299, '<5m'],
    [1_799, '<30m'],
    [7_199, '<2h'],
    [86_399, '<1d'],
    [86_400, '>=1d'],
  ])('of %s seconds is %s', (seconds, step) => {
    expect(lagStepOf(seconds, undefined)).toBe(step);
  });

  it.each([10, 60, 300, 1_800, 7_200, 86_400])(
    'changes once when the lag jitters around %s seconds by a tenth',
    (limit) => {
      const lags = Array.from({ length: 100 }, (_, i) => limit * (i % 2 === 0 ? 0.9 : 1.1));
      const shown = shownFor(lags);
      expect(shown.filter((step, i) => i > 0 && step !== shown[i - 1])).toHaveLength(1);
    },
  );

  it('goes up at once, and down when the lag is well below the limit', () => {
    expect(shownFor([59, 60, 59, 49, 47, 100_000, 70_000, 3])).toEqual([
      ...(['<1m', '<5m', '<5m', '<5m', '<1m'] as const),
      ...(['>=1d', '>=1d', '<10s'] as const),
    ]);
  });
});

const view = (
  reports: readonly (Partial<StatusReport> | undefined)[],
  change: Readonly<Record<string, unknown>> = {},
  shown?: LagStep,
): ReturnType<typeof deliveryView> =>
  deliveryView(
    reports.map((report) => report && sampleReport(report)),
    sampleResource(change).spec,
    shown,
  );

describe('how delivery goes', () => {
  it('is shown the same while a lag moves up and down as the settings make it', () => {
    const seconds = Array.from({ length: 60 }, (_, i) => i);
    const settings = { flushTimeoutSeconds: 50 };
    const views = seconds.map((flushed) => view([{ lagSeconds: 30 + (flushed % 50) }], settings));
    expect(new Set(views.map(({ lag }) => lag))).toEqual(new Set(['<5m']));
    expect(view([{ lagSeconds: 31 }]).lag).toBe('<1m');
    const quick = { source: { clickHouse: { url: 'http://c:1', settleSeconds: 2 } } };
    expect(view([{ lagSeconds: 6 }], quick).lag).toBe('<10s');
  });

  it('is shown by the largest lag of all pods, from the step that is shown now', () => {
    expect(view([{ lagSeconds: 31 }, { lagSeconds: 4_000 }, undefined]).lag).toBe('<2h');
    expect(view([{ lagSeconds: 55 }], {}, '<5m').lag).toBe('<5m');
    expect(view([{}]).lag).toBeUndefined();
  });

  it('names the shards that no pod has, once every pod says which it has', () => {
    const first = { shardCount: 6, shards: [0, 3] };
    expect(view([first, { shardCount: 6, shards: [4] }]).unownedShards).toEqual([1, 2, 5]);
    expect(view([first, {}]).unownedShards).toEqual([]);
    expect(view([first, undefined]).unownedShards).toEqual([]);
    expect(view([]).unownedShards).toEqual([]);
    expect(view([{ shardCount: 1_000_000, shards: [] }]).unownedShards).toHaveLength(64);
  });

  it('is not known when records are pushed, and when nothing is exported', () => {
    const reports = [{ lagSeconds: 9_999, shardCount: 2 }];
    const nothing = { lag: undefined, unownedShards: [] };
    expect(view(reports, { enabled: false })).toEqual(nothing);
    const pushed = {
      source: { http: { allowAnonymous: true } },
      universalTagTranslateToNameDisabled: true,
    };
    expect(view(reports, pushed)).toEqual(nothing);
  });
});
