import type { StatusReport } from '../../exporter/contract/status-report.ts';
import type { Clock } from '../../lib/clock.ts';
import type { PodStatusReader, PodTarget } from './pod-status-reader.ts';

/** Status reports by the uid of the pod. */
type ReportsByPod = ReadonlyMap<string, StatusReport>;

/** A part of all reports of a resource, as JSON. It is compared with itself only. */
export type ReportsView = (reports: readonly (StatusReport | undefined)[]) => unknown;

/** The last status reports of the pods of all resources. */
export interface PodReports {
  /**
   * Asks these running pods of a resource from now on, and no other pods of it.
   *
   * @param view what the status shows of the reports (undefined: no report of the pod), in addition to the conditions.
   * @returns their last reports, once each pod has been asked at least once.
   */
  follow(key: string, pods: readonly PodTarget[], view: ReportsView): Promise<ReportsByPod>;
  /** Asks the pods of a resource often while something is wrong, and rarely when all is well. */
  pace(key: string, allIsWell: boolean): void;
  /** Stops asking the pods of a resource. */
  forget(key: string): void;
  /** Stops asking all pods. */
  close(): void;
}

/** What `createPodReports` needs. */
export interface PodReportsDeps {
  readonly reader: PodStatusReader;
  readonly clock: Clock;
  /** Called with the key of a resource when the report of one of its pods has changed. */
  readonly onChange: (key: string) => void;
}

interface Followed {
  pods: readonly PodTarget[];
  view: ReportsView;
  readonly reports: Map<string, StatusReport>;
  /** Number of times in a row that a pod did not answer. */
  readonly silent: Map<string, number>;
  allIsWell: boolean;
  intervalMs: number;
  cancel: () => void;
  asking: Promise<void> | undefined;
}

const FIRST_MS = 250;
const UNWELL_MS = 2_000;
const WELL_MS = 5_000;

/** A report is dropped after this many requests in a row without an answer. A single lost answer means nothing. */
const SILENCE_TOLERATED = 3;

/** Asks pods repeatedly: at short intervals after a change, then every 2 s, or every 5 s when all is well. */
export function createPodReports(deps: PodReportsDeps): PodReports {
  const followed = new Map<string, Followed>();

  function schedule(key: string, entry: Followed): void {
    entry.cancel();
    entry.cancel = deps.clock.after(entry.allIsWell ? WELL_MS : entry.intervalMs, () => {
      entry.intervalMs = Math.min(UNWELL_MS, entry.intervalMs * 2);
      void ask(key, entry);
    });
  }

  function ask(key: string, entry: Followed): Promise<void> {
    entry.asking ??= askAll(deps.reader, entry).then((news) => {
      entry.asking = undefined;
      if (followed.get(key) !== entry) return;
      // More changes follow soon: pods that have accepted new credentials get them published, and use them then.
      if (news) entry.intervalMs = FIRST_MS;
      schedule(key, entry);
      if (news) deps.onChange(key);
    });
    return entry.asking;
  }

  function forget(key: string): void {
    followed.get(key)?.cancel();
    followed.delete(key);
  }

  return {
    follow: async (key, pods, view) => {
      if (pods.length === 0) {
        forget(key);
        return new Map();
      }
      const entry = followed.get(key) ?? newEntry();
      followed.set(key, entry);
      entry.pods = pods;
      entry.view = view;
      const unasked = (): boolean => pods.some(({ uid }) => !entry.silent.has(uid));
      while (unasked() && followed.get(key) === entry) await ask(key, entry);
      return new Map(entry.reports);
    },
    pace: (key, allIsWell) => {
      const entry = followed.get(key);
      if (entry === undefined || entry.allIsWell === allIsWell) return;
      entry.allIsWell = allIsWell;
      entry.intervalMs = FIRST_MS;
      schedule(key, entry);
    },
    forget,
    close: () => {
      for (const key of [...followed.keys()]) forget(key);
    },
  };
}

function newEntry(): Followed {
  return {
    pods: [],
    view: () => undefined,
    reports: new Map(),
    silent: new Map(),
    allIsWell: false,
    intervalMs: FIRST_MS,
    cancel: () => undefined,
    asking: undefined,
  };
}

/** Asks every pod once. Returns true if something that the status depends on has changed in a report. */
async function askAll(reader: PodStatusReader, entry: Followed): Promise<boolean> {
  const before = digest(entry);
  const { pods } = entry;
  const answers = await Promise.all(pods.map((pod) => reader.read(pod)));
  for (const [index, { uid }] of pods.entries()) {
    const report = answers[index];
    const silent = report === undefined ? (entry.silent.get(uid) ?? 0) + 1 : 0;
    entry.silent.set(uid, silent);
    if (report !== undefined) entry.reports.set(uid, report);
    else if (silent >= SILENCE_TOLERATED) entry.reports.delete(uid);
  }
  const present = new Set(entry.pods.map(({ uid }) => uid));
  for (const uid of [...entry.silent.keys()]) {
    if (present.has(uid)) continue;
    entry.silent.delete(uid);
    entry.reports.delete(uid);
  }
  return digest(entry) !== before;
}

/** The parts of reports that the status depends on. Counters and the exact lag change all the time and are left out. */
function digest({ pods, reports, view }: Followed): string {
  return JSON.stringify([
    view(pods.map(({ uid }) => reports.get(uid))),
    [...reports].map(([uid, report]) => [
      uid,
      report.delivering,
      report.recordsExported > 0,
      report.credentialsRevision,
      report.candidate?.revision,
      report.missingColumns,
      report.throttled,
      report.shardCount,
      [...report.problems, report.renewalProblem, report.candidate?.problem].map((problem) => [
        problem?.reason,
        problem?.message,
      ]),
    ]),
  ]);
}
