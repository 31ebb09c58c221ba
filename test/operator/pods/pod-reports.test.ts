import { describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import {
  createPodReports,
  type PodReports,
  type ReportsView,
} from '../../../src/operator/pods/pod-reports.ts';
import { createManualClock, type ManualClock } from '../../lib/manual-clock.ts';
import { sampleReport } from '../sample-observation.ts';

const POD = { name: 'p', namespace: 'n', uid: 'u', ip: '10.0.0.1' };

/** A view that has changed when the lag has reached a minute. */
const lagOnly: ReportsView = (reports) => reports.some((report) => (report?.lagSeconds ?? 0) >= 60);

interface Setup {
  readonly clock: ManualClock;
  readonly reports: PodReports;
  readonly asked: number[];
  readonly changes: number[];
  readonly say: (report: StatusReport | undefined) => void;
}

function open(): Setup {
  const clock = createManualClock();
  const asked: number[] = [];
  const changes: number[] = [];
  let current: StatusReport | undefined = sampleReport();
  const reports = createPodReports({
    clock,
    reader: {
      read: () => {
        asked.push(clock.monotonicMs());
        return Promise.resolve(current);
      },
    },
    onChange: () => {
      changes.push(clock.monotonicMs());
    },
  });
  const say = (report: StatusReport | undefined): void => {
    current = report;
  };
  return { clock, reports, asked, changes, say };
}

describe('pod reports', () => {
  it('are there after the first request, and are read at short intervals, then every 2 s', async () => {
    const { clock, reports, asked } = open();
    expect(await reports.follow('k', [POD], lagOnly)).toEqual(new Map([['u', sampleReport()]]));
    await clock.advance(8_000);
    expect(asked).toEqual([0, 250, 750, 1_750, 3_750, 5_750, 7_750]);
  });

  it('are read at short intervals again after a change: more changes follow soon', async () => {
    const { clock, reports, asked, say } = open();
    await reports.follow('k', [POD], lagOnly);
    await clock.advance(6_000);
    say(sampleReport({ credentialsRevision: 2 }));
    asked.length = 0;
    await clock.advance(4_000);
    expect(asked).toEqual([7_750, 8_000, 8_500, 9_500]);
  });

  it('are read every 5 s when all is well', async () => {
    const { clock, reports, asked } = open();
    await reports.follow('k', [POD], lagOnly);
    reports.pace('k', true);
    await clock.advance(11_000);
    expect(asked).toEqual([0, 5_000, 10_000]);
  });

  it('cause a reconciliation only when a part changes that conditions depend on', async () => {
    const { clock, reports, changes, say } = open();
    await reports.follow('k', [POD], lagOnly);
    changes.length = 0;
    say(sampleReport({ recordsExported: 99, lagSeconds: 4 }));
    await clock.advance(3_000);
    expect(changes).toEqual([]);
    say(sampleReport({ delivering: false }));
    await clock.advance(3_000);
    expect(changes).toEqual([3_750]);
    const missingColumns = [{ dataSource: 'flow_log.l7_flow_log', columns: ['biz_type'] }];
    say(sampleReport({ delivering: false, missingColumns }));
    await clock.advance(3_000);
    expect(changes).toEqual([3_750, 7_500]);
    const since = '2026-01-01T00:00:00Z';
    const renewalProblem = { reason: 'KafkaError', message: 'refused', since } as const;
    say(sampleReport({ delivering: false, missingColumns, renewalProblem }));
    await clock.advance(3_000);
    expect(changes).toEqual([3_750, 7_500, 9_250]);
  });

  it('cause a reconciliation when what the status shows of them changes, and not before', async () => {
    const { clock, reports, changes, say } = open();
    await reports.follow('k', [POD], lagOnly);
    changes.length = 0;
    say(sampleReport({ lagSeconds: 59 }));
    await clock.advance(3_000);
    expect(changes).toEqual([]);
    say(sampleReport({ lagSeconds: 60 }));
    await clock.advance(3_000);
    expect(changes).toEqual([3_750]);
    say(sampleReport({ lagSeconds: 61 }));
    await clock.advance(3_000);
    expect(changes).toEqual([3_750]);
    say(sampleReport({ lagSeconds: 61, shardCount: 8 }));
    await clock.advance(3_000);
    expect(changes).toEqual([3_750, 9_500]);
  });

  it('stay if one answer is lost, and are dropped when a pod does not answer again', async () => {
    const { clock, reports, changes, say } = open();
    await reports.follow('k', [POD], lagOnly);
    say(undefined);
    await clock.advance(800);
    expect((await reports.follow('k', [POD], lagOnly)).size).toBe(1);
    await clock.advance(2_000);
    expect((await reports.follow('k', [POD], lagOnly)).size).toBe(0);
    expect(changes).toContain(1_750);
  });

  it('of a pod that is gone are dropped', async () => {
    const { clock, reports, asked } = open();
    await reports.follow('k', [POD], lagOnly);
    await reports.follow('k', [], lagOnly);
    await clock.advance(60_000);
    expect(asked).toEqual([0]);
  });
});
