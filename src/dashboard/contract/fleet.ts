// What the server of the dashboard sends and its page reads, as JSON. Both sides compile this file.

/** An exporter as the page shows it. Texts are ready to be shown; a field that is absent is not known. */
export interface DashboardRow {
  readonly namespace: string;
  readonly name: string;
  /** Status of the condition Ready. */
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
  /** True when somebody should look at the exporter. */
  readonly needsAttention: boolean;
  readonly pods?: string | undefined;
  readonly lagSeconds?: number | undefined;
  readonly lagText: string;
  readonly recordsPerSecond?: number | undefined;
  readonly recordsText: string;
  readonly bytesPerSecond?: number | undefined;
  readonly bytesText: string;
  readonly retries?: number | undefined;
  /** Sends that failed and were repeated. */
  readonly errorsPerSecond?: number | undefined;
  readonly errorsText: string;
  /** Such as `revision 2, in use by 2 of 2 pods; trying 3`. */
  readonly credentials: string;
  readonly error?: {
    readonly reason: string;
    readonly message: string;
    /** RFC 3339. */
    readonly time: string;
    readonly isNow: boolean;
    /** Such as `KafkaError 5h ago`. */
    readonly text: string;
  };
  /** Topics by data source. */
  readonly topics: Readonly<Record<string, string>>;
}

/** What the exporters of a namespace do and use together, as texts. */
export interface NamespaceTotals {
  readonly namespace: string;
  readonly exporters: number;
  readonly needAttention: number;
  readonly recordsText: string;
  readonly bytesText: string;
  readonly cpuText: string;
  readonly memoryText: string;
}

/** All exporters at one time. */
export interface Snapshot {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** By namespace and name. */
  readonly rows: readonly DashboardRow[];
  /** The namespace with the most records first. */
  readonly totals: readonly NamespaceTotals[];
  /** Sentences about what could not be read of pods. */
  readonly gaps: readonly string[];
  /** Why the last reading failed: the rows are those of an earlier one. Absent: it did not. */
  readonly problem?: string;
}

/** The last values of an exporter, the oldest first; null: not known. */
export interface History {
  readonly lag: readonly (number | null)[];
  readonly records: readonly (number | null)[];
  /** Errors per second. */
  readonly errors: readonly (number | null)[];
}

/** The values of the time before the page was opened, by `namespace/name`. */
export type Histories = Readonly<Record<string, History>>;

/** The most values of a history. */
export const HISTORY_MAX = 60;

/** The name of an exporter in a history. */
export function keyOf({ name, namespace }: Pick<DashboardRow, 'name' | 'namespace'>): string {
  return `${namespace}/${name}`;
}
