import type { FleetReading } from '../fleet/fleet-reading.ts';
import { fleetRows } from '../fleet/fleet-rows.ts';
import type { Clock } from '../lib/clock.ts';
import { type Histories, HISTORY_MAX, keyOf, type Snapshot } from './contract.ts';
import { dashboardRow } from './dashboard-row.ts';
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
}

/** Makes a feed that reads nothing yet. */
export function createFleetFeed({ clock, intervalMs, read }: FleetFeedDeps): FleetFeed {
  const listeners = new Set<OnSnapshot>();
  const stopped = new AbortController();
  let values = new Map<string, Values>();
  let latest: Snapshot | undefined;
  let before: FleetReading | undefined;
  let isRunning = false;

  const look = async (): Promise<Snapshot> => {
    try {
      const reading = await read(before);
      const found = fleetRows(reading, before);
      const rows = found.map(dashboardRow);
      before = reading;
      const { atMs, gaps } = reading;
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

/** The values with those of a snapshot; exporters that are gone are left out. */
function withValues(values: ReadonlyMap<string, Values>, { rows }: Snapshot): Map<string, Values> {
  return new Map(
    rows.map((row) => {
      const { lag = [], records = [] } = values.get(keyOf(row)) ?? {};
      const next = {
        lag: [...lag, row.lagSeconds ?? null].slice(-HISTORY_MAX),
        records: [...records, row.recordsPerSecond ?? null].slice(-HISTORY_MAX),
      };
      return [keyOf(row), next];
    }),
  );
}
