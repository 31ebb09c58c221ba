import type { ExporterDetails } from '../contract/exporter-details.ts';
import {
  type DashboardRow,
  type Histories,
  type History,
  HISTORY_MAX,
  keyOf,
  type Snapshot,
} from '../contract/fleet.ts';

/** In which order exporters are shown. */
export type Order = 'attention' | 'name' | 'lag' | 'records';

/** An exporter by its names. */
export type Place = Pick<DashboardRow, 'name' | 'namespace'>;

/** Changes the state of the page. */
export type Change = (change: Partial<PageState>) => void;

/** All that the page knows and shows. */
export interface PageState {
  /** Undefined: nothing was read yet. */
  readonly snapshot: Snapshot | undefined;
  readonly histories: Histories;
  /** False: the command has ended, or the connection to it is broken. */
  readonly isConnected: boolean;
  /** Words that a shown exporter has in its namespace, name, reason or topics. */
  readonly search: string;
  readonly order: Order;
  readonly onlyAttention: boolean;
  /** The exporter that is shown alone; undefined: all are shown. */
  readonly open: Place | undefined;
  /** Undefined: they were not read yet. */
  readonly details: ExporterDetails | undefined;
  /** Why the details were not read the last time. */
  readonly detailsProblem: string | undefined;
}

/** The page before it has heard anything. */
export const FIRST_STATE: PageState = {
  snapshot: undefined,
  histories: {},
  isConnected: true,
  search: '',
  order: 'attention',
  onlyAttention: false,
  open: undefined,
  details: undefined,
  detailsProblem: undefined,
};

const EMPTY: History = { lag: [], records: [], errors: [] };

/** The state after a new snapshot. A failed reading adds no values. */
export function withSnapshot(state: PageState, snapshot: Snapshot): PageState {
  const isNew = snapshot.problem === undefined && snapshot.atMs !== state.snapshot?.atMs;
  const histories = isNew
    ? Object.fromEntries(
        snapshot.rows.map((row) => [keyOf(row), extended(state.histories[keyOf(row)], row)]),
      )
    : state.histories;
  return { ...state, snapshot, histories, isConnected: true };
}

function extended(
  { errors, lag, records }: History = EMPTY,
  { errorsPerSecond, lagSeconds, recordsPerSecond }: DashboardRow,
): History {
  return {
    lag: [...lag, lagSeconds ?? null].slice(-HISTORY_MAX),
    records: [...records, recordsPerSecond ?? null].slice(-HISTORY_MAX),
    errors: [...errors, errorsPerSecond ?? null].slice(-HISTORY_MAX),
  };
}

/** The state after the page was led to a place; undefined: to all exporters. */
export function withPlace(state: PageState, open: Place | undefined): PageState {
  const isSame =
    open !== undefined && state.open !== undefined && keyOf(open) === keyOf(state.open);
  return isSame ? state : { ...state, open, details: undefined, detailsProblem: undefined };
}

/** The row of the open exporter; undefined: none is open, or it is not among those that were read. */
export function openRow({ open, snapshot }: PageState): DashboardRow | undefined {
  return snapshot?.rows.find((row) => open !== undefined && keyOf(row) === keyOf(open));
}

/** The exporters that the state shows, in its order. */
export function shownRows({
  onlyAttention,
  order,
  search,
  snapshot,
}: PageState): readonly DashboardRow[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = (snapshot?.rows ?? []).filter(
    (row) =>
      (!onlyAttention || row.needsAttention) && words.every((word) => textOf(row).includes(word)),
  );
  return found.toSorted((a, b) => ORDERS[order](a, b) || byName(a, b));
}

function textOf({ name, namespace, reason, topics }: DashboardRow): string {
  return [namespace, name, reason, ...Object.values(topics)].join(' ').toLowerCase();
}

const ORDERS: Readonly<Record<Order, (a: DashboardRow, b: DashboardRow) => number>> = {
  attention: (a, b) => Number(b.needsAttention) - Number(a.needsAttention),
  name: () => 0,
  lag: (a, b) => (b.lagSeconds ?? -1) - (a.lagSeconds ?? -1),
  records: (a, b) => (b.recordsPerSecond ?? -1) - (a.recordsPerSecond ?? -1),
};

function byName(a: DashboardRow, b: DashboardRow): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
