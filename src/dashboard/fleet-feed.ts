import { credentialState } from '../fleet/credential-state.ts';
import type { ExporterReading, FleetReading } from '../fleet/fleet-reading.ts';
import { fleetRows } from '../fleet/fleet-rows.ts';
import type { Clock } from '../lib/clock.ts';
import type { ExporterDetails } from './contract/exporter-details.ts';
import { type Histories, HISTORY_MAX, keyOf, type Snapshot } from './contract/fleet.ts';
import { dashboardRow } from './dashboard-row.ts';
import { exporterDetails } from './details/exporter-details.ts';
import { namespaceTotals } from './namespace-totals.ts';

/** What the feed needs. */
export interface FleetFeedDeps {
  readonly clock: Clock;
  /** @param before the reading before, if there is one. */
  readonly read: (before?: FleetReading) => Promise<FleetReading>;
  /** Pause between two readings. */
  readonly intervalMs: number;
}

/** Gets every new snapshot. */
export type OnSnapshot = (snapshot: Snapshot) => void;

/** Readings of the fleet for those who look at it. While nobody looks, nothing is read. */
export interface FleetFeed {
  /** The snapshot of the last reading; undefined: there was none yet. */
  latest(): Snapshot | undefined;
  /** One exporter of the last reading in detail; undefined: the reading has no such exporter. */
  details(which: {
    readonly namespace: string;
    readonly name: string;
  }): ExporterDetails | undefined;
  /** The values of the last readings. */
  histories(): Histories;
  /** Calls `listener` with every new snapshot, until the returned function is called. */
  watch(listener: OnSnapshot): () => void;
  /** Reads no more. */
  stop(): void;
}

interface Values {
  readonly lag: (number | null)[];
  readonly records: (number | null)[];
  readonly errors: (number | null)[];
}

/** Makes a feed that reads nothing yet. */
export function createFleetFeed({ clock, intervalMs, read }: FleetFeedDeps): FleetFeed {
  const listeners = new Set<OnSnapshot>();
  const stopped = new AbortController();
  let values = new Map<string, Values>();
  let latest: Snapshot | undefined;
  /** The last two readings. */
  let last: FleetReading | undefined;
  let before: FleetReading | undefined;
  let isRunning = false;

  const look = async (): Promise<Snapshot> => {
    try {
      const reading = await read(last);
      [before, last] = [last, reading];
      const { atMs, exporters, gaps } = reading;
      const found = fleetRows(reading, before);
      const credentials = exporters.map(credentialState);
      const rows = found.flatMap((row, i) => {
        const state = credentials[i];
        return state === undefined ? [] : [dashboardRow(row, state, atMs)];
      });
      const snapshot = { atMs, rows, totals: namespaceTotals(found), gaps };
      values = withValues(values, snapshot);
      return snapshot;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { ...(latest ?? { atMs: clock.now(), rows: [], totals: [], gaps: [] }), problem };
    }
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (listeners.size > 0 && !stopped.signal.aborted) {
      latest = await look();
      for (const listener of listeners) listener(latest);
      await clock.sleep(intervalMs, stopped.signal);
    }
    isRunning = false;
  };
  return {
    latest: () => latest,
    details: (which) => {
      const exporter = find(last, which);
      if (last === undefined || exporter === undefined) return undefined;
      return exporterDetails(exporter, find(before, which), last.atMs);
    },
    histories: () => Object.fromEntries(values),
    watch: (listener) => {
      listeners.add(listener);
      if (!isRunning) void run();
      return () => {
        listeners.delete(listener);
      };
    },
    stop: () => {
      stopped.abort();
    },
  };
}

function find(
  reading: FleetReading | undefined,
  { name, namespace }: { readonly namespace: string; readonly name: string },
): ExporterReading | undefined {
  return reading?.exporters.find((each) => each.namespace === namespace && each.name === name);
}

/** The values with those of a snapshot; exporters that are gone are left out. */
function withValues(values: ReadonlyMap<string, Values>, { rows }: Snapshot): Map<string, Values> {
  return new Map(
    rows.map((row) => {
      const { errors = [], lag = [], records = [] } = values.get(keyOf(row)) ?? {};
      const next = {
        lag: [...lag, row.lagSeconds ?? null].slice(-HISTORY_MAX),
        records: [...records, row.recordsPerSecond ?? null].slice(-HISTORY_MAX),
        errors: [...errors, row.errorsPerSecond ?? null].slice(-HISTORY_MAX),
      };
      return [keyOf(row), next];
    }),
  );
}
